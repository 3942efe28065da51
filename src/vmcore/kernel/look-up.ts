import { printable } from '../../std/printable.ts';
import { explain } from '../crash/explain.ts';
import { explainMissing } from '../format/byte-read.ts';
import type { OpenDump } from '../open-dump.ts';
import { loadSymbols } from '../symbols/symbols.ts';

/** An address typed by a person: hexadecimal with or without 0x; undefined when it is none. */
export function parseAddress(text: string): bigint | undefined {
  return /^(?:0x)?[0-9a-f]{1,16}$/i.test(text)
    ? BigInt(`0x${text.replace(/^0x/i, '')}`)
    : undefined;
}

/** The answer to one question about a dump, as lines to print. */
export interface LookUp {
  readonly isFound: boolean;
  readonly lines: readonly string[];
}

const notFound = (why: string): LookUp => ({ isFound: false, lines: [why] });

/** Answers `--symbol NAME|ADDR`. A name that looks like a hexadecimal number is looked up as a name first. */
export function lookUpSymbol(dump: OpenDump, wanted: string): LookUp {
  const { kernel, info } = dump;
  if (typeof kernel === 'string') return notFound(`no symbols: ${kernel}`);
  if (!info) return notFound('no symbols: there is no VMCOREINFO');
  try {
    const symbols = loadSymbols(kernel, info);
    const byName = symbols.address(wanted);
    if (byName !== undefined) {
      return { isFound: true, lines: [`0x${byName.toString(16)}  ${wanted}`] };
    }
    const address = parseAddress(wanted);
    if (address === undefined) {
      return notFound(`no symbol of the kernel image is named ${printable(wanted)}`);
    }
    const place = symbols.describe(address) ?? symbols.nearest(address);
    return place
      ? {
          isFound: true,
          lines: [`0x${address.toString(16)}  ${place.name}+0x${place.offset.toString(16)}`],
        }
      : notFound(`no symbol of the kernel image is near 0x${address.toString(16)}`);
  } catch (error) {
    return notFound(`no symbols: ${explain(error)}`);
  }
}

/** Answers `--read ADDR` with a hex dump of kernel memory, 16 bytes a line; a line that is missing says why. */
export function dumpMemory(dump: OpenDump, address: bigint, length: number): LookUp {
  const { kernel } = dump;
  if (typeof kernel === 'string') return notFound(`memory cannot be read: ${kernel}`);
  const lines: string[] = [];
  let isFound = true;
  for (let done = 0; done < length; done += 16) {
    const at = address + BigInt(done);
    const label = `0x${at.toString(16).padStart(16, '0')}`;
    const read = kernel.read(at, Math.min(16, length - done));
    if (read.kind !== 'data') {
      lines.push(`${label}  ${explainMissing(read)}`);
      isFound = false;
      break;
    }
    const hex = read.bytes.toString('hex').replace(/(..)(?=.)/g, '$1 ');
    const text = read.bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${label}  ${hex.padEnd(47)}  ${text}`);
  }
  return { isFound, lines };
}
