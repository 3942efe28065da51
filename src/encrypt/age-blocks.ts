import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

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
export function sealBlock(key: KeyObject, plain: Uint8Array, place: BlockPlace): readonly Buffer[] {
  const cipher = createCipheriv('chacha20-poly1305', key, blockNonce(place), {
    authTagLength: tagBytes,
  });
  const sealed = steps(plain).map((step) => cipher.update(step));
  cipher.final();
  return [...sealed, cipher.getAuthTag()];
}

/** The bytes of one block, in pieces; undefined when it was changed, or does not belong at this place. */
export function openBlock(
  key: KeyObject,
  sealed: Buffer,
  place: BlockPlace,
): readonly Buffer[] | undefined {
  if (sealed.length < tagBytes) return undefined;
  const cipher = createDecipheriv('chacha20-poly1305', key, blockNonce(place), {
    authTagLength: tagBytes,
  });
  cipher.setAuthTag(sealed.subarray(-tagBytes));
  const plain = steps(sealed.subarray(0, -tagBytes)).map((step) => cipher.update(step));
  try {
    cipher.final();
    return plain;
  } catch {
    return undefined; // the tag does not fit: the caller says where
  }
}

// Node makes a new buffer for each result. One of 64 KiB comes from the kernel as fresh pages and goes back to it (the
// launcher sets MALLOC_MMAP_THRESHOLD_), which costs more than the cipher; smaller ones are used again.
const stepBytes = 16 * 1024;

function steps(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / stepBytes) }, (_, index) =>
    bytes.subarray(index * stepBytes, (index + 1) * stepBytes),
  );
}

// 11 bytes of counter, then 1 for the last block.
function blockNonce({ index, isLast }: BlockPlace): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
