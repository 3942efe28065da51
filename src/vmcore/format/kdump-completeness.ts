import type { PageCompression } from '../../model/dump.ts';
import { descriptorSize, type KdumpPart, readDescriptor } from './kdump-memory.ts';
import { compressionOf, pageFlags } from './page-flags.ts';

/** What the page descriptors of one file say about whether it is whole. */
export interface DescriptorScan {
  /** Descriptors that the file should use, and how many of them were looked at. */
  readonly expected: number;
  readonly checked: number;
  /** Never written: offset 0. */
  readonly unwritten: number;
  /** The data lies past the end of the file, or the descriptor itself does. */
  readonly beyondEnd: number;
  readonly compression: PageCompression;
}

const blockDescriptors = 65_536;

/** Descriptors read at most by a full scan (64 MiB, about 11 GB of kept memory); above that, evenly spaced blocks. */
const fullScanLimit = 42 * blockDescriptors;

/**
 * Looks at descriptors. `quick` takes the first and the last block: pages are written in ascending order, so what is
 * lost is at the end. `full` takes all of them, or evenly spaced blocks of a very big table.
 */
export function scanDescriptors(part: KdumpPart, depth: 'quick' | 'full'): DescriptorScan {
  const { header, source, descriptors } = part;
  let checked = 0;
  let unwritten = 0;
  let beyondEnd = 0;
  const kinds = new Set<PageCompression>();
  for (const first of blocksToScan(descriptors, depth)) {
    const count = Math.min(blockDescriptors, descriptors - first);
    const bytes = source.read(
      header.descriptorsAt + first * descriptorSize,
      count * descriptorSize,
    );
    checked += count;
    for (let index = 0; index < count; index += 1) {
      const found = readDescriptor(bytes, index * descriptorSize, header.isLittleEndian);
      if (!found) {
        beyondEnd += count - index;
        break;
      }
      if (found.offset === 0) unwritten += 1;
      else if (found.offset + found.size > source.size) beyondEnd += 1;
      else kinds.add(compressionOf(found.flags));
    }
  }
  return {
    expected: descriptors,
    checked,
    unwritten,
    beyondEnd,
    compression: named(kinds, header),
  };
}

function blocksToScan(descriptors: number, depth: 'quick' | 'full'): number[] {
  const blocks = Math.ceil(descriptors / blockDescriptors);
  const all = depth === 'full' && descriptors <= fullScanLimit;
  const wanted = all ? blocks : Math.min(blocks, depth === 'full' ? 42 : 2);
  const step = wanted > 1 ? (blocks - 1) / (wanted - 1) : 0;
  return Array.from({ length: wanted }, (_, index) => Math.round(index * step) * blockDescriptors);
}

// Incompressible pages are stored raw among compressed ones, so a single real compression wins over `none`.
function named(kinds: Set<PageCompression>, header: KdumpPart['header']): PageCompression {
  kinds.delete('none');
  if (kinds.size > 1) return 'unknown';
  const [only] = kinds;
  const fromHeader =
    header.signature === 'KDUMP' ? compressionOf(header.status & ~pageFlags.incomplete) : 'none';
  return only ?? fromHeader;
}
