import type { PhysicalMemory } from './physical-memory.ts';
import { vmcoreInfoLimit } from './vmcoreinfo.ts';

/** Pages looked at before giving up: 1 GiB of small pages; the note was always within the first 80 MB. */
const scanLimit = 262_144;

/** Pages that are decompressed for it: slower, so fewer. */
const compressedScanLimit = 65_536;

/**
 * Searches memory for the page that holds the VMCOREINFO note. For dumps without it in their headers: QEMU without
 * the vmcoreinfo device, raw images. Such a copy has no CRASHTIME.
 */
export function findVmcoreInfo(
  memory: PhysicalMemory,
  options: { readonly isCompressed: boolean; readonly isLittleEndian: boolean },
): Buffer | undefined {
  let left = options.isCompressed ? compressedScanLimit : scanLimit;
  for (
    let address = memory.next(0);
    address !== undefined && left > 0;
    address = memory.next(address + memory.pageSize)
  ) {
    left -= 1;
    const head = memory.read(address, 40);
    if (head.kind !== 'data' || head.bytes.toString('latin1', 12, 22) !== 'VMCOREINFO') continue;
    if (head.bytes.toString('latin1', 24, 34) !== 'OSRELEASE=') continue;
    const size = options.isLittleEndian ? head.bytes.readUInt32LE(4) : head.bytes.readUInt32BE(4);
    if (size === 0 || size > vmcoreInfoLimit) continue;
    const text = memory.read(address + 24, size);
    if (text.kind === 'data' && text.bytes.includes('SYMBOL(')) return Buffer.from(text.bytes);
  }
  return undefined;
}
