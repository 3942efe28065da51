import type { RemoteAnswer, RemoteFailure } from '../../model/remote.ts';
import type { Request } from './curl-request.ts';
import { toldBytes, toldSha256 } from './told-digest.ts';

/** Asks for the digest by RFC 9530 (section 4). Those who do not know it pass over it. */
export const wantDigest = ['header', 'Want-Repr-Digest: sha-256=10'] as const;

/** No file is this large: 2^53 - 1. */
const beyondAnyFile = Number.MAX_SAFE_INTEGER;

/** What HEAD tells of an address. */
export async function askByHead(request: Request, address: string): Promise<RemoteAnswer> {
  const answer = await request([['url', address], ['head'], wantDigest], {});
  if (answer.state === 'stopped') return answer;
  if (answer.state === 'failed') return answerOfStatus(answer);
  const { head } = answer;
  if (head === undefined) return { state: 'untold' };
  const [bytes, sha256] = [toldBytes(head), toldSha256(head)];
  return {
    state: 'there',
    ...(bytes === undefined ? {} : { bytes }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/**
 * The size of a file at an sftp or ftps server, of which curl prints nothing. Nothing is fetched either: going on behind the end
 * of a file is refused with exit status 36, in words that tell the size (curl's lib/ftp.c and lib/vssh/).
 */
export async function askBySize(request: Request, address: string): Promise<RemoteAnswer> {
  const settings = [
    ['url', address],
    ['continue-at', beyondAnyFile],
  ] as const;
  const answer = await request(settings, { onBody: () => false });
  if (answer.state === 'stopped') return answer;
  if (answer.state === 'done') return { state: 'untold' };
  const size = /beyond file size \((\d{1,15})\)/.exec(answer.says)?.[1];
  if (size !== undefined) return { state: 'there', bytes: Number(size) };
  if (answer.reason === 'no-place') return { state: 'absent' };
  return answer.reason === 'forbidden' || answer.reason === 'refused'
    ? { state: 'untold' }
    : answer;
}

// A refusal to tell is no answer; that nobody answers, or is too busy to, is a failure.
function answerOfStatus(failure: RemoteFailure): RemoteAnswer {
  const { status, reason } = failure;
  if (status === undefined || status === 407) return failure;
  if (status === 404 || status === 410) return { state: 'absent' };
  return reason === 'busy' && status !== 500 ? failure : { state: 'untold' };
}
