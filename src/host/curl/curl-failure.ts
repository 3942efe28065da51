import type { FailureReason, RemoteFailure } from '../../model/remote.ts';
import { printable } from '../../std/printable.ts';
import type { HttpHead } from './http-response.ts';

// curl(1), EXIT CODES. What is not here is a refusal that we know nothing about.
const reasonsOfExit: Readonly<Record<number, FailureReason>> = {
  1: 'no-protocol',
  2: 'our-side',
  3: 'our-side',
  4: 'no-protocol',
  5: 'unresolved',
  6: 'unresolved',
  7: 'unreachable',
  9: 'forbidden',
  16: 'broken-off',
  18: 'broken-off',
  23: 'our-side',
  26: 'our-side',
  27: 'our-side',
  28: 'silent',
  35: 'insecure',
  51: 'untrusted',
  52: 'broken-off',
  55: 'broken-off',
  56: 'broken-off',
  58: 'our-side',
  60: 'untrusted',
  64: 'insecure',
  67: 'login',
  70: 'full',
  77: 'our-side',
  78: 'no-place',
  83: 'untrusted',
  90: 'untrusted',
  91: 'untrusted',
  92: 'broken-off',
};

const busy = new Set([408, 425, 429, 500, 502, 503, 504]);
const reasonsOfStatus: Readonly<Record<number, FailureReason>> = {
  401: 'login',
  403: 'forbidden',
  404: 'no-place',
  405: 'not-offered',
  407: 'login',
  409: 'no-place',
  410: 'no-place',
  413: 'too-large',
  501: 'not-offered',
  507: 'full',
};

const mostSaidLength = 300;

/** What an exit status of curl other than 0 means. */
export function failureOfExit(exitCode: number, stderr: string): RemoteFailure {
  const says = said(complaintIn(stderr));
  const ofProxy = proxyStatus(says);
  if (ofProxy !== undefined)
    return { state: 'failed', reason: reasonOfStatus(ofProxy), says: `the proxy: ${says}` };
  // libssh2 and libssh call a connection that was closed on them a failed start.
  if (exitCode === 2 && /ssh session/i.test(says))
    return { state: 'failed', reason: 'broken-off', says };
  // To curl, who answers in another way than HTTP speaks a protocol that is not supported.
  if (exitCode === 1 && /^(?:Received HTTP\/|Unsupported (?:HTTP|response code))/.test(says))
    return { state: 'failed', reason: 'refused', says: `it does not answer as HTTP does: ${says}` };
  return { state: 'failed', reason: reasonsOfExit[exitCode] ?? 'refused', says };
}

/** What an HTTP status other than 2xx means; `body` is the beginning of what came with it. */
export function failureOfStatus({ status, headers }: HttpHead, body: string): RemoteFailure {
  const location = headers.get('location');
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), Date.now());
  return {
    state: 'failed',
    reason: reasonOfStatus(status),
    says: status === 407 ? 'the proxy asks for a login' : said(wordsOf(body, status)),
    status,
    ...(location === undefined ? {} : { location: said(location) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Milliseconds of a Retry-After (RFC 9110, 10.2.3): seconds, or a date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

// Its complaint may stand between warnings before and advice behind.
function complaintIn(stderr: string): string {
  const lines = stderr.split('\n');
  const line = lines.find((one) => one.startsWith('curl: ')) ?? lines[0] ?? '';
  return line.replace(/^curl: (?:\(\d+\) )?/, '');
}

function reasonOfStatus(status: number): FailureReason {
  if (busy.has(status)) return 'busy';
  if (status >= 300 && status < 400) return 'redirected';
  return reasonsOfStatus[status] ?? 'refused';
}

// "Received HTTP code 403 from proxy after CONNECT", since 7.80 "CONNECT tunnel failed, response 403".
function proxyStatus(says: string): number | undefined {
  const match = /HTTP code (\d{3}) from proxy|CONNECT tunnel failed, response (\d{3})/.exec(says);
  return match === null ? undefined : Number(match[1] ?? match[2]);
}

// Pages of servers say "404 Not Found" in their title, in their heading, and in the status.
function wordsOf(page: string, status: number): string {
  const words = page
    .replace(/<(title|style|script)\b[^<>]*>[^<]*<\/\1>/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .trim();
  return words.startsWith(`${status} `) ? words.slice(4) : words;
}

// One line, bounded, and nothing in it that moves a cursor.
function said(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > mostSaidLength ? `${line.slice(0, mostSaidLength)}...` : line;
}
