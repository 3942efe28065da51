import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Plain bytes in each block of an age file but the last (STREAM, https://age-encryption.org/v1). */
export const blockBytes = 64 * 1024;

/** What sealing adds to a block. */
export const tagBytes = 16;

/** Where a block stands in its file. */
export interface BlockPlace {
  readonly index: number;
  readonly isLast: boolean;
}

/** Encrypts one block. A key seals each place once, and never two different blocks: see docs/adr/0005. */
export function sealBlock(key: Buffer, plain: Uint8Array, place: BlockPlace): readonly Buffer[] {
  const cipher = createCipheriv('chacha20-poly1305', key, blockNonce(place), {
    authTagLength: tagBytes,
  });
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

/** The bytes of one block; undefined when it was changed, or does not belong at this place. */
export function openBlock(key: Buffer, sealed: Buffer, place: BlockPlace): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const cipher = createDecipheriv('chacha20-poly1305', key, blockNonce(place), {
    authTagLength: tagBytes,
  });
  cipher.setAuthTag(sealed.subarray(-tagBytes));
  const plain = cipher.update(sealed.subarray(0, -tagBytes));
  try {
    cipher.final();
    return plain;
  } catch {
    return undefined; // the tag does not fit: the caller says where
  }
}

// 11 bytes of counter, then 1 for the last block.
function blockNonce({ index, isLast }: BlockPlace): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
