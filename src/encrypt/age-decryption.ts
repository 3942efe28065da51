import type { DecryptionStream } from '../model/encryption.ts';
import { blockBytes, openBlock, tagBytes } from './age-blocks.ts';
import { damaged, type Opened, openHeader } from './age-header.ts';
import type { Identity } from './key-wrap.ts';

const sealedBytes = blockBytes + tagBytes;

/** Decrypts an age file that comes in pieces. */
export function ageOpener(
  opener: readonly Identity[] | { readonly fileKey: Buffer },
): DecryptionStream {
  let opened: Opened | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let index = 0;
  const open = (sealed: Buffer, isLast: boolean): readonly Buffer[] => {
    const plain = opened && openBlock(opened.key, sealed, { index, isLast });
    if (plain === undefined) {
      throw damaged(
        opened === undefined
          ? 'it ends within its header'
          : `block ${index + 1} was changed, or the file was cut off`,
      );
    }
    index += 1;
    return plain;
  };
  return {
    write(bytes) {
      pending = Buffer.concat([pending, bytes]);
      if (opened === undefined) {
        opened = openHeader(pending, opener);
        if (opened === undefined) return Buffer.alloc(0);
        pending = pending.subarray(opened.start);
      }
      const parts: Buffer[] = [];
      let at = 0;
      // A full block waits until it is known whether it is the last.
      for (; pending.length - at > sealedBytes; at += sealedBytes)
        parts.push(...open(pending.subarray(at, at + sealedBytes), false));
      pending = pending.subarray(at);
      return Buffer.concat(parts);
    },
    end: () => Buffer.concat(open(pending, true)),
  };
}

/** Decrypts a small age file whole (a map of aliases). Throws E_INTEGRITY when it is damaged or for somebody else. */
export function decryptAge(bytes: Buffer, identities: readonly Identity[]): Buffer {
  const stream = ageOpener(identities);
  return Buffer.concat([stream.write(bytes), stream.end()]);
}
