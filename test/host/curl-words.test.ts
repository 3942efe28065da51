import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCurlConfig } from '../../src/host/curl/curl-config.ts';
import {
  failureOfExit,
  failureOfStatus,
  parseRetryAfter,
} from '../../src/host/curl/curl-failure.ts';
import { readHttpResponse } from '../../src/host/curl/http-response.ts';
import { toldBytes, toldSha256 } from '../../src/host/curl/told-digest.ts';

describe('what curl is told', () => {
  it('never holds a line that a value could add', () => {
    expect(renderCurlConfig([['user', 'a\\"b:c'], ['silent'], ['speed-time', 5]])).toBe(
      'user = "a\\\\\\"b:c"\nsilent\nspeed-time = 5\n',
    );
    for (const value of ['a\nurl = "http://evil"', 'a\0b', 'a\rb', '\u001b[m'])
      expect(() => renderCurlConfig([['user', value]])).toThrow(/given to curl as user holds/);
  });
});

describe('what curl says', () => {
  it.each([
    [7, 'curl: (7) Failed to connect to h port 443: Connection refused', 'unreachable'],
    [51, 'curl: (51) SSL: no alternative certificate subject name matches', 'untrusted'],
    [1, 'curl: (1) Protocol "sftp" not supported or disabled in libcurl', 'no-protocol'],
    [1, 'curl: (1) Unsupported protocol', 'no-protocol'],
    // A remote that speaks another protocol was taken for a curl that does not speak it.
    [1, 'curl: (1) Received HTTP/0.9 when not allowed', 'refused'],
    [1, 'curl: (1) Unsupported response code in HTTP response', 'refused'],
    [2, 'curl: (2) Failure establishing ssh session: -43, Failed getting banner', 'broken-off'],
    [2, 'curl: option --http1.1: is unknown', 'our-side'],
    [56, 'curl: (56) Received HTTP code 403 from proxy after CONNECT', 'forbidden'],
    [56, 'curl: (56) CONNECT tunnel failed, response 503', 'busy'],
    [56, 'curl: (56) Recv failure: Connection reset by peer', 'broken-off'],
    [25, 'curl: (25) Failed FTP upload: 553', 'refused'],
  ] as const)('%i, %s: %s', (exitCode, stderr, reason) => {
    expect(failureOfExit(exitCode, stderr)).toMatchObject({ state: 'failed', reason });
  });

  it('is its complaint, not the warnings before or the advice behind', () => {
    const stderr = 'Warning: something\ncurl: (60) no trust\nMore details here: https://curl.se\n';
    expect(failureOfExit(60, stderr).says).toBe('no trust');
    expect(failureOfExit(27, '').says).toBe('');
  });

  it('of a page of a server, once and without its tags', () => {
    const head = { status: 404, headers: new Map<string, string>() };
    const page =
      '<html><head><title>404 Not Found</title></head>\r\n<body><h1>404 Not Found</h1>\r\n<hr>nginx</body>';
    expect(failureOfStatus(head, page)).toMatchObject({ says: 'Not Found nginx', status: 404 });
    expect(failureOfStatus(head, '<title>'.repeat(600)).says).toBe('');
    expect(failureOfStatus(head, '<'.repeat(4096)).says).toMatch(/^<{300}\.\.\.$/);
  });

  it('of when to come again, in seconds or as a date', () => {
    const now = Date.parse('2026-11-26T08:00:00Z');
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter('Thu, 26 Nov 2026 08:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('Thu, 26 Nov 2020 08:00:30 GMT', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
  });

  it('of a response is read in pieces of any size', () => {
    const text =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nX-A: 1:2\r\nx-a: 3\r\n\r\nbody\r\n\r\n!';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        let body = '';
        const response = readHttpResponse((_head, bytes) => {
          body += bytes.toString();
          return true;
        });
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          response.push(Buffer.from(text.slice(at, at + size)));
          at += size;
        }
        expect(response.head?.status).toBe(201);
        expect(response.head?.headers.get('x-a')).toBe('3');
        expect(body).toBe('body\r\n\r\n!');
      }),
    );
    const endless = readHttpResponse(() => true);
    const pieces = Array.from({ length: 400 }, () => endless.push(Buffer.alloc(1024, 97)));
    expect(pieces.at(-1)).toBe(false);
  });
});

describe('what a response tells of a file', () => {
  const digest = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
  const hex = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  const head = (headers: Record<string, string>) => ({
    status: 200,
    headers: new Map(Object.entries(headers)),
  });

  it.each([
    [{ 'repr-digest': `sha-256=:${digest}:` }, hex],
    [{ 'repr-digest': `sha-512=:abcd:, sha-256=:${digest}:` }, hex],
    [{ 'content-digest': `sha-256=:${digest}:` }, hex],
    [{ 'x-amz-checksum-sha256': digest }, hex],
    // The file was packed for the way, or is told in parts: not the digest of the file.
    [{ 'content-digest': `sha-256=:${digest}:`, 'content-encoding': 'gzip' }, undefined],
    [{ 'x-amz-checksum-sha256': `${digest}-3` }, undefined],
    [{ 'repr-digest': `md5=:${digest}:` }, undefined],
    [{ 'repr-digest': 'sha-256=:AAAA:' }, undefined],
    [{ etag: '"abc"' }, undefined],
  ] as [Record<string, string>, string | undefined][])('%j', (headers, expected) => {
    expect(toldSha256(head(headers))).toBe(expected);
  });

  it('is a size only where it is that of the file', () => {
    expect(toldBytes(head({ 'content-length': '123' }))).toBe(123);
    expect(toldBytes(head({ 'content-length': '123', 'content-encoding': 'br' }))).toBeUndefined();
    expect(toldBytes(head({ 'content-length': '-1' }))).toBeUndefined();
    expect(toldBytes(head({}))).toBeUndefined();
  });
});
