import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type ArchiveSink, ArchiveWriter } from '../../src/collect/archive/archive-writer.ts';
import { codecOf } from '../../src/collect/archive/codec.ts';
import { archiveReader } from '../../src/collect/archive/read-archive.ts';
import { SonaeError } from '../../src/model/error.ts';

const codec = codecOf('zst');

// A file on a disk of some size, as the kernel fills it: a write that does not fit leaves the part that did.
function smallDisk(size: number): ArchiveSink & { bytes(): Buffer; grow(by: number): void } {
  let file = Buffer.alloc(0);
  let written = 0;
  let limit = size;
  return {
    get written() {
      return written;
    },
    async write(bytes) {
      const fitting = Math.max(0, Math.min(bytes.length, limit - written));
      file = Buffer.concat([
        file.subarray(0, written),
        bytes.subarray(0, fitting),
        file.subarray(written + fitting),
      ]);
      if (fitting < bytes.length) throw new SonaeError('E_NO_SPACE', 'no space left');
      written += bytes.length;
    },
    async truncate(length) {
      file = file.subarray(0, length);
      written = length;
    },
    bytes: () => file,
    grow(by) {
      limit += by;
    },
  };
}

function entry(path: string, bytes: Buffer) {
  const header = {
    type: 'File',
    path,
    size: bytes.length,
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtimeMs: 0,
  } as const;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [
    header,
    { bytes: bytes.length, sha256, isTruncated: false, content: { kind: 'raw', bytes } },
  ] as const;
}

async function namesIn(bytes: Buffer): Promise<string[]> {
  const names: string[] = [];
  const reader = archiveReader(codec, {
    onEntry: ({ path }) => names.push(path),
    onContent() {},
    onEntryEnd() {},
  });
  await reader.push(bytes);
  await reader.end();
  return names;
}

it.each([700_000, 1_100_000, 1_700_000, 2_300_000])(
  'leaves no torn bytes behind the ending when a disk of %d bytes is full',
  async (size) => {
    const disk = smallDisk(size);
    const writer = new ArchiveWriter(disk, codec);
    const accepted: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      const path = `t/${index}`;
      if (await writer.addFile(...entry(path, randomBytes(300_000)))) accepted.push(path);
    }
    await writer.flush();
    expect(writer.fullness).toBe('no-space');
    disk.grow(50_000);
    await writer.beginEnding();
    await writer.addFile(...entry('t/manifest', Buffer.from('small')));
    await writer.finish();
    const kept = accepted.filter((path) => !writer.lost.includes(path));
    expect(await namesIn(disk.bytes())).toEqual([...kept, 't/manifest']);
  },
);
