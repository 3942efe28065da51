import { createHash, randomBytes } from 'node:crypto';
import type { Encryption } from '../model/encryption.ts';
import { SonaeError } from '../model/error.ts';
import type { OutputFile } from '../model/storage.ts';
import type { OutputBody, TakeBytes } from './output-body.ts';

// Random, because a file system that compresses keeps no room for zeros; longer than the extents it compresses.
const fillerBytes = 256 * 1024;

/** Where an encrypted bundle is written, and read again. */
export interface EncryptedPlace {
  readonly encryption: Encryption;
  readonly file: OutputFile;
  /** Bytes that may still be written to the file system. */
  readonly room: () => Promise<number>;
  /** The bytes of the file as they are on the disk. */
  readonly readFile: (take: TakeBytes) => Promise<void>;
}

/**
 * The inside of a bundle that is encrypted on its way to the disk. What was encrypted cannot be cut back and written
 * differently (docs/adr/0005): so nothing is encrypted before room for it was taken, with filler that it then overwrites.
 */
export function encryptedBody({ encryption, file, room, readFile }: EncryptedPlace): OutputBody {
  const given = createHash('sha256');
  let sha256 = '';
  let taken = 0;
  let filler: Buffer | undefined;
  // Encrypted bytes may come at any time; filler must not be written over those that are ahead of it.
  const inTurn = oneAtATime();
  const stream = encryption.open((bytes) => {
    given.update(bytes);
    return inTurn(() => file.write(bytes));
  });
  const inner = encryptedSink(encryption, stream.write);
  const passing = stream.opener === undefined ? passers() : undefined;

  async function claim(bytes: number): Promise<boolean> {
    const end = encryption.bound(inner.plainBytes() + bytes);
    if (end <= taken) return true;
    if (end - taken > (await room())) return false;
    try {
      await inTurn(() => fill(Math.max(taken, file.written), end));
    } catch (error) {
      if (error instanceof SonaeError && error.code === 'E_NO_SPACE') return false;
      throw error;
    }
    taken = end;
    return true;
  }

  async function fill(start: number, end: number): Promise<void> {
    filler ??= randomBytes(fillerBytes);
    for (let at = start; at < end; at += filler.length)
      await file.writeAt(filler.subarray(0, Math.min(filler.length, end - at)), at);
  }

  async function readBack(take: TakeBytes): Promise<void> {
    const read = createHash('sha256');
    await readFile(async (bytes) => {
      read.update(bytes);
      await take(bytes);
    });
    if (read.digest('hex') === sha256) return;
    throw new SonaeError('E_INTEGRITY', 'the bundle on the disk is not what was written', {
      hint: 'The disk or its driver may be failing. Try another --output, or --output - into ssh.',
    });
  }

  return {
    sink: {
      get written() {
        return inner.written();
      },
      async write(bytes) {
        await inner.write(bytes);
        await passing?.pass(bytes);
      },
      claim,
    },
    async finish() {
      await stream.end();
      sha256 = given.digest('hex');
      // What is left of the filler.
      await file.truncate(file.written);
      await file.sync();
      if (passing === undefined) return;
      await readBack(async () => undefined);
      passing.end();
    },
    ...(passing === undefined ? {} : { passing: passing.watch }),
    ...(stream.opener === undefined
      ? {}
      : {
          async readBack(take: TakeBytes) {
            const opener = stream.opener?.();
            if (opener === undefined) return;
            await readBack((bytes) => take(opener.write(bytes)));
            await take(opener.end());
          },
        }),
    fileSha256: () => sha256,
    abandon: () => stream.abandon(),
  };
}

/** The inside of a bundle that goes encrypted through a pipe. */
export function encryptedStreamBody(
  encryption: Encryption,
  write: (bytes: Buffer) => Promise<void>,
): OutputBody {
  const given = createHash('sha256');
  const stream = encryption.open(async (bytes) => {
    given.update(bytes);
    await write(bytes);
  });
  const inner = encryptedSink(encryption, stream.write);
  return {
    sink: {
      get written() {
        return inner.written();
      },
      write: inner.write,
    },
    finish: () => stream.end(),
    fileSha256: () => given.copy().digest('hex'),
    abandon: () => stream.abandon(),
  };
}

function encryptedSink(encryption: Encryption, write: (bytes: Buffer) => Promise<void>) {
  let plainBytes = 0;
  return {
    plainBytes: () => plainBytes,
    /** As it will be, with what still waits for the end of its block. */
    written: () => encryption.bound(plainBytes),
    async write(bytes: Buffer) {
      plainBytes += bytes.length;
      await write(bytes);
    },
  };
}

function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(work: () => Promise<Value>): Promise<Value> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined); // told to whoever asked for it
    return turn;
  };
}

// Shows bytes that go by to everyone who asked before the first of them.
function passers() {
  const takes: TakeBytes[] = [];
  const ended = Promise.withResolvers<void>();
  return {
    watch(take: TakeBytes): Promise<void> {
      takes.push(take);
      return ended.promise;
    },
    async pass(bytes: Buffer) {
      for (const take of takes) await take(bytes);
    },
    end: () => ended.resolve(),
  };
}
