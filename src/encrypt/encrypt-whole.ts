import type { Encryption } from '../model/encryption.ts';

/** A small text encrypted whole. */
export async function encryptWhole(encryption: Encryption, plain: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  const stream = encryption.open(async (bytes) => void parts.push(Buffer.from(bytes)));
  await stream.write(plain);
  await stream.end();
  return Buffer.concat(parts);
}
