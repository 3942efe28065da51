import type { KeyObject } from 'node:crypto';
import type { ByteSource } from '../model/byte-source.ts';
import type { InputFile } from '../model/storage.ts';
import { copyInto } from '../std/copy-into.ts';
import { blockBytes, openBlock, tagBytes } from './age-blocks.ts';
import { damaged, mostHeaderBytes, nonceBytes, openHeader } from './age-header.ts';
import type { Identity } from './key-wrap.ts';

const sealedBytes = blockBytes + tagBytes;
const headBytes = mostHeaderBytes + nonceBytes + tagBytes;

/**
 * The plain bytes of an age file, read at any place: each block stands on its own, so damage takes no more than the
 * 64 KiB that it hits. Closing it closes the file.
 */
export async function openAgeFile(
  file: InputFile,
  identities: readonly Identity[],
): Promise<InputFile> {
  const head = Buffer.alloc(headBytes);
  const headLength = await file.read(head, 0);
  const layout = layoutOf(head.subarray(0, headLength), file.size ?? 0, identities);
  // Used again: each read would leave as much garbage as it reads.
  let spare: Buffer | undefined;
  const openInto = (range: Range, sealed: Buffer, buffer: Uint8Array) => {
    let filled = 0;
    for (const plain of openRange(layout, range, sealed)) {
      copyInto(buffer, plain, filled);
      filled += plain.length;
    }
    return filled;
  };
  return {
    ...file,
    size: layout.size,
    async read(buffer, position) {
      const range = rangeOf(layout, position, buffer.length);
      const wanted = range.sealedLength;
      const window = spare !== undefined && spare.length >= wanted ? spare : Buffer.alloc(wanted);
      spare = undefined;
      try {
        const length = await file.read(window.subarray(0, wanted), range.sealedStart);
        return openInto(range, window.subarray(0, length), buffer);
      } finally {
        spare = window;
      }
    },
  };
}

/** The same for whoever reads without waiting. A block that cannot be opened ends a read short. */
export function openAgeSource(source: ByteSource, identities: readonly Identity[]): ByteSource {
  const layout = layoutOf(source.read(0, headBytes), source.size, identities);
  return {
    name: source.name,
    size: layout.size,
    read(offset, length) {
      const range = rangeOf(layout, offset, length);
      const pieces: Buffer[] = [];
      try {
        for (const plain of openRange(
          layout,
          range,
          source.read(range.sealedStart, range.sealedLength),
        ))
          pieces.push(plain);
      } catch {
        // Damaged there: what is before it can be read.
      }
      return Buffer.concat(pieces);
    },
    close: () => source.close(),
  };
}

interface Layout {
  readonly key: KeyObject;
  /** Where the first block begins. */
  readonly start: number;
  readonly blocks: number;
  /** Plain bytes. */
  readonly size: number;
}

function layoutOf(head: Buffer, fileBytes: number, identities: readonly Identity[]): Layout {
  const opened = openHeader(head, identities);
  if (opened === undefined || fileBytes < opened.start + tagBytes)
    throw damaged('it ends before its first block');
  const payload = fileBytes - opened.start;
  const blocks = Math.ceil(payload / sealedBytes);
  const layout = { ...opened, blocks, size: Math.max(0, payload - blocks * tagBytes) };
  // Nothing will be read of an empty one, so this is the only time to see whether it is meant to be empty.
  if (layout.size === 0) openAt(layout, 0, head.subarray(opened.start, fileBytes));
  return layout;
}

interface Range {
  /** In plain bytes. */
  readonly from: number;
  readonly to: number;
  /** Of the whole blocks that hold them. */
  readonly sealedStart: number;
  readonly sealedLength: number;
}

function rangeOf({ start, size }: Layout, offset: number, length: number): Range {
  const from = Math.min(offset, size);
  const to = Math.min(offset + length, size);
  const first = Math.floor(from / blockBytes);
  const end = Math.ceil(to / blockBytes);
  const sealedEnd = Math.min(end * sealedBytes, size + end * tagBytes);
  const sealedStart = start + first * sealedBytes;
  return { from, to, sealedStart, sealedLength: Math.max(0, start + sealedEnd - sealedStart) };
}

function* openRange(layout: Layout, { from, to }: Range, sealed: Buffer): Generator<Buffer> {
  let index = Math.floor(from / blockBytes);
  let position = index * blockBytes;
  for (let at = 0; position < to; at += sealedBytes, index += 1) {
    for (const plain of openAt(layout, index, sealed.subarray(at, at + sealedBytes))) {
      yield plain.subarray(Math.max(0, from - position), Math.max(0, to - position));
      position += plain.length;
    }
  }
}

function openAt({ key, blocks }: Layout, index: number, sealed: Buffer): readonly Buffer[] {
  const plain = openBlock(key, sealed, { index, isLast: index === blocks - 1 });
  if (plain !== undefined) return plain;
  throw damaged(`block ${index + 1} of ${blocks} was changed, or the file was cut off`);
}
