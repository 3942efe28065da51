import { resolve } from 'node:path';
import { judgeArchiveKind, plainCodec } from '../../collect/archive/archive-kind.ts';
import { type Codec, codecOf } from '../../collect/archive/codec.ts';
import type { Feed } from '../../collect/read-bundle.ts';
import { judgeEncrypted } from '../../encrypt/judge-encrypted.ts';
import { openInput } from '../../host/input-file.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import type { System } from '../../model/system.ts';
import { zstdFrameLength } from '../../std/zstd-frames.ts';

/** A bundle named by the person, which can be read from its start as often as needed. */
export interface BundleInput {
  readonly path: string;
  readonly codec: Pick<Codec, 'decompressor'>;
  readonly feed: Feed;
}

const pieceBytes = 256 * 1024;
const day = 24 * 60 * 60 * 1000;

/** Looks at the first bytes of a bundle, of sonae or of sos, and says how to read it. Never written to. */
export async function openBundleInput(path: string, system: System): Promise<BundleInput> {
  const file = await openInput(path);
  try {
    const head = Buffer.alloc(512);
    const length = await file.read(head, 0);
    const kind = judgeArchiveKind(head.subarray(0, length));
    switch (kind) {
      case 'zst':
        if (await isOneLargeFrame(file)) return unpackedBy(['zstd', '-dc'], path, system);
        return { path, codec: codecOf(kind), feed: (take) => feedFile(path, take) };
      case 'gz':
        return { path, codec: codecOf(kind), feed: (take) => feedFile(path, take) };
      case 'tar':
        return { path, codec: plainCodec, feed: (take) => feedFile(path, take) };
      case 'xz':
        return unpackedBy(['xz', '-dc'], path, system);
      case 'bz2':
        return unpackedBy(['bzip2', '-dc'], path, system);
      case undefined:
        refuseEncrypted(path, head.subarray(0, length));
        throw new SonaeError(
          'E_FORMAT',
          `${path} is not a bundle: neither a tar nor a compressed one`,
          {
            hint: 'Give the .tar.zst, .tar.gz or .tar.xz that `sonae collect` or `sos report` made.',
          },
        );
      default:
        return kind satisfies never;
    }
  } finally {
    await file.close();
  }
}

function unpackedBy(command: readonly string[], path: string, system: System): BundleInput {
  const feed: Feed = (take) => feedCommand(system, [...command, resolve(path)], take);
  return { path, codec: plainCodec, feed };
}

/** The frames of our own bundles are far smaller, packed. */
const mostFirstFrameBytes = 4 * 1024 * 1024;

// What `tar --zstd` and `zstd` make: the whole archive is one frame, which is not held in memory.
async function isOneLargeFrame(file: InputFile): Promise<boolean> {
  const head = Buffer.alloc(mostFirstFrameBytes);
  const bytes = head.subarray(0, await file.read(head, 0));
  try {
    const length = zstdFrameLength(bytes);
    if (length === undefined || length > bytes.length) return bytes.length === mostFirstFrameBytes;
    codecOf('zst').decompress(bytes.subarray(0, length));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  }
}

function refuseEncrypted(path: string, head: Buffer): void {
  const format = judgeEncrypted(head);
  if (format === undefined) return;
  const command = format === 'age' ? 'age -d -i KEYFILE' : 'gpg -d';
  throw new SonaeError('E_FORMAT', `${path} is encrypted (${format})`, {
    hint: `Decrypt it first, where nobody else can read it: ${command} ${path} > /dev/shm/bundle.tar.zst`,
  });
}

async function feedFile(path: string, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const file: InputFile = await openInput(path);
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (let position = 0; ; ) {
      const length = await file.read(buffer, position);
      if (length === 0) return;
      await take(Buffer.from(buffer.subarray(0, length)));
      position += length;
    }
  } finally {
    await file.close();
  }
}

async function feedCommand(
  system: System,
  argv: readonly string[],
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const run = await system.run(argv, {
    timeoutMs: day,
    limitBytes: Number.MAX_SAFE_INTEGER,
    onOutput: async (chunk) => {
      if (failure !== undefined) return;
      try {
        await take(Buffer.from(chunk));
      } catch (error) {
        failure = { error };
      }
    },
  });
  if (failure !== undefined) throw failure.error;
  if (run.state === 'absent') {
    throw new SonaeError(
      'E_NO_TOOL',
      `${argv[0]} is needed to read this bundle and is not installed`,
    );
  }
  if (run.state !== 'exited' || run.exitCode !== 0) {
    throw new SonaeError(
      'E_INTEGRITY',
      `${argv[0]} could not unpack it: ${run.stderr.toString().trim() || run.state}`,
    );
  }
}
