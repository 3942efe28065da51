import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { ByteSource } from '../../model/byte-source.ts';
import { blankIdentity, type DumpIdentity } from './dump-identity.ts';
import { isFlattened } from './flattened.ts';

const wrappers: readonly {
  readonly magic: string;
  readonly name: string;
  readonly suffix: string;
  readonly command: string;
}[] = [
  { magic: '1f8b', name: 'gzip', suffix: '.gz', command: 'gzip -dc FILE > vmcore' },
  {
    magic: '28b52ffd',
    name: 'zstd',
    suffix: '.zst',
    command: 'zstd -d --long=31 FILE -o vmcore',
  },
  { magic: 'fd377a585a00', name: 'xz', suffix: '.xz', command: 'xz -dc FILE > vmcore' },
  { magic: '04224d18', name: 'lz4', suffix: '.lz4', command: 'lz4 -d FILE vmcore' },
  { magic: '425a68', name: 'bzip2', suffix: '.bz2', command: 'bzip2 -dc FILE > vmcore' },
  { magic: '504b0304', name: 'zip', suffix: '.zip', command: 'unzip -p FILE > vmcore' },
];

/** Recognises a file compressed as a whole. What is inside is told where its first bytes can be decompressed here. */
export function identifyWrapped(source: ByteSource, head: Buffer): DumpIdentity | undefined {
  const found = wrappers.find(({ magic }) => head.toString('hex', 0, magic.length / 2) === magic);
  if (!found) return undefined;
  const inside = describeInside(peek(source, found.name));
  return {
    ...blankIdentity(`${found.name}-wrapped`, `${found.name} file${inside ? ` of ${inside}` : ''}`),
    problems: [
      `The file is compressed as a whole with ${found.name}, which cannot be read at random places.`,
    ],
    advice: isChunk(source.name)
      ? ['It is one chunk of a set: sonae inspect takes the folder with all of them.']
      : [`Decompress it first: ${found.command}`, 'Then: sonae inspect vmcore'],
  };
}

// As `sonae split` names them: the chunks of a set are one stream of zstd only together.
function isChunk(name: string): boolean {
  return /\.zst\.\d{3,}$/.test(name);
}

// The first kilobytes, as far as they decompress. Bounded: a bomb gives nothing.
function peek(source: ByteSource, name: string): Buffer {
  const bytes = source.read(0, 64 * 1024);
  const limit = { maxOutputLength: 16 * 1024 * 1024 };
  try {
    if (name === 'gzip') {
      return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, ...limit });
    }
    if (name === 'zstd') {
      return zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush, ...limit });
    }
  } catch {
    // Not even the beginning decompresses: then only the wrapper is named.
  }
  return Buffer.alloc(0);
}

function describeInside(head: Buffer): string | undefined {
  if (isFlattened(head)) return 'a flattened dump';
  const signature = head.toString('latin1', 0, 8);
  if (signature === 'KDUMP   ') return 'a kdump-compressed dump';
  if (signature.startsWith('\x7fELF'))
    return head.readUInt16LE(16) === 4 ? 'an ELF core' : 'an ELF file';
  return undefined;
}
