import type { HttpHead } from './http-response.ts';

/**
 * The SHA-256, in hex, that a response tells of what the remote has: `Repr-Digest` or `Content-Digest` (RFC 9530), or
 * `x-amz-checksum-sha256` of S3 (of the parts, where there is a dash, so none).
 */
export function toldSha256({ headers }: HttpHead): string | undefined {
  // The content of a coded response is not the file.
  const content = isCoded(headers) ? undefined : headers.get('content-digest');
  return (
    ofField(headers.get('repr-digest')) ??
    ofField(content) ??
    hexOf(headers.get('x-amz-checksum-sha256'))
  );
}

/** The size that a response to HEAD tells; undefined when it is of a coded form. */
export function toldBytes({ headers }: HttpHead): number | undefined {
  const text = headers.get('content-length');
  return isCoded(headers) || !/^\d{1,15}$/.test(text ?? '') ? undefined : Number(text);
}

function isCoded(headers: HttpHead['headers']): boolean {
  return (headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity';
}

// A dictionary of structured fields (RFC 8941): sha-512=:...:, sha-256=:...:
function ofField(field: string | undefined): string | undefined {
  return hexOf(/(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]{44}):/i.exec(field ?? '')?.[1]);
}

function hexOf(base64: string | undefined): string | undefined {
  if (base64 === undefined || !/^[A-Za-z0-9+/]{43}=$/.test(base64)) return undefined;
  return Buffer.from(base64, 'base64').toString('hex');
}
