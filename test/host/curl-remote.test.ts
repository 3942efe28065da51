import { createHash } from 'node:crypto';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../builders/certificates.ts';
import {
  type ServerOptions,
  startUploadServer,
  type UploadServer,
} from '../builders/upload-server.ts';
import { childrenOf } from '../children-of.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ask, content, put, remoteOf, sha256 } from './remote-calls.ts';

describeWith(['curl'], 'a remote of http', () => {
  const servers: UploadServer[] = [];
  const start = async (options: ServerOptions = {}) => {
    const folder = temporaryFolder('inbox');
    const server = await startUploadServer(folder, options);
    servers.push(server);
    return { server, folder, at: (name: string) => server.url + name };
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('takes a file byte for byte, by its descriptor, and is asked for its size', async () => {
    const { at, folder, server } = await start();
    expect(await ask(at('a'))).toEqual({ state: 'absent' });
    expect(await put(at('a'))).toEqual({ state: 'taken' });
    expect(readFileSync(join(folder, 'a')).equals(content)).toBe(true);
    expect(await ask(at('a'))).toEqual({ state: 'there', bytes: content.length });
    const sent = server.seen.find(({ method }) => method === 'PUT');
    expect(sent?.headers['content-length']).toBe(String(content.length));
    expect(sent?.headers['want-repr-digest']).toBe('sha-256=10');
    // Ours is not told before: what comes back is the remote's own work.
    expect(JSON.stringify(sent?.headers)).not.toContain(sha256.slice(0, 8));
  });

  it('tells a digest, which is read as RFC 9530 writes it', async () => {
    const { at } = await start({ tellsDigest: true });
    await put(at('a'));
    expect(await ask(at('a'))).toEqual({ state: 'there', bytes: content.length, sha256 });
  });

  it('gives a file back, and no more of it than was asked for', async () => {
    const { at, folder } = await start();
    await put(at('a'));
    const fetched = async (most: number) => {
      const hash = createHash('sha256');
      let bytes = 0;
      const remote = remoteOf();
      const answer = await remote.fetch(at('a'), most, (piece) => {
        hash.update(piece);
        bytes += piece.length;
      });
      return { ...answer, bytes, sha256: hash.digest('hex') };
    };
    expect(await fetched(content.length)).toMatchObject({ state: 'fetched', sha256 });
    truncateSync(join(folder, 'a'), 5_000_000);
    expect(await fetched(content.length)).toMatchObject({ bytes: content.length + 1 });
    const remote = remoteOf();
    const absent = await remote.fetch(at('b'), 10, () => expect.unreachable());
    expect(absent).toMatchObject({ state: 'failed', reason: 'no-place', status: 404 });
  });

  it.each([
    [401, 'login'],
    [403, 'forbidden'],
    [404, 'no-place'],
    [405, 'not-offered'],
    [409, 'no-place'],
    [413, 'too-large'],
    [429, 'busy'],
    [503, 'busy'],
    [507, 'full'],
    [418, 'refused'],
  ] as const)('that answers %i before it wants the body: %s', async (status, reason) => {
    const { at, server, folder } = await start();
    server.behave = () => ({
      status,
      headers: { 'retry-after': '7' },
      body: `<html><b>no</b>\u001b[2J${'x'.repeat(10_000)}`,
    });
    const answer = await put(at('a'));
    expect(answer).toMatchObject({ state: 'failed', reason, status, retryAfterMs: 7000 });
    if (answer.state !== 'failed') return;
    expect(answer.says).toMatch(/^no ?\\x1b\[2Jx{200}/);
    expect(answer.says.length).toBeLessThan(400);
    expect(existsSync(join(folder, 'a'))).toBe(false);
    expect(server.received.bytes).toBe(0);
  });

  it('that sends us on is not followed, and where to is told', async () => {
    const { at, server } = await start();
    server.behave = () => ({ status: 307, headers: { location: 'http://evil.example/\u009b' } });
    expect(await put(at('a'))).toMatchObject({
      reason: 'redirected',
      location: 'http://evil.example/\\x9b',
    });
    expect(server.seen).toHaveLength(1);
  });

  it('that breaks off, stands still, is not there or has no name', async () => {
    const { at, server } = await start();
    server.behave = () => ({ breakAfter: 1_000_000 });
    expect(await put(at('a'))).toMatchObject({ state: 'failed', reason: 'broken-off' });
    server.behave = () => ({ stallAfter: 1_000_000 });
    expect(await put(at('a'), { stallSeconds: 1 })).toMatchObject({ reason: 'silent' });
    await server.close();
    expect(await put(at('a'))).toMatchObject({ reason: 'unreachable' });
    expect(await ask(at('a'))).toMatchObject({ state: 'failed', reason: 'unreachable' });
    const nowhere = await put('http://nowhere.invalid/');
    expect(nowhere).toMatchObject({ reason: 'unresolved', says: /resolve/ as never });
  });

  it('is left at once when we are told to stop', async () => {
    const { at, server } = await start();
    server.behave = () => ({ stallAfter: 500_000 });
    const stop = new AbortController();
    const putting = put(at('a'), { signal: stop.signal });
    while (server.received.bytes < 500_000) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    expect(await putting).toEqual({ state: 'stopped' });
    expect(await put(at('b'), { signal: stop.signal })).toEqual({ state: 'stopped' });
    expect(server.seen).toHaveLength(1);
  });

  it('is given up when curl itself hangs', async () => {
    const { at, server } = await start();
    server.behave = () => ({ stallAfter: 500_000 });
    const putting = put(at('a'), { stallSeconds: 1 });
    while (server.received.bytes < 500_000) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const pid of childrenOf(process.pid, 'curl')) process.kill(pid, 'SIGSTOP');
    expect(await putting).toEqual({ state: 'failed', reason: 'silent', says: 'curl hung' });
  });

  it('says how far into the file it is', async () => {
    const { at, server } = await start();
    server.behave = () => ({ stallAfter: 2_000_000 });
    const positions: number[] = [];
    const stop = new AbortController();
    await put(at('a'), { signal: stop.signal }, 0, (bytes) => {
      positions.push(bytes);
      if (bytes >= 2_000_000) stop.abort();
    });
    expect(Math.max(...positions)).toBeGreaterThanOrEqual(2_000_000);
    expect(Math.max(...positions)).toBeLessThanOrEqual(content.length);
  });

  it('that only answers what it must: HEAD refused is nothing told', async () => {
    const { at } = await start({ hasHead: false });
    await put(at('a'));
    expect(await ask(at('a'))).toEqual({ state: 'untold' });
  });

  it('has folders made by asking, where it is like WebDAV', async () => {
    const { at, folder } = await start({ isWebDav: true });
    expect(await put(at('set/a'))).toMatchObject({ state: 'failed', reason: 'no-place' });
    const remote = remoteOf();
    expect(await remote.makeFolder(at('set/'))).toEqual({ state: 'taken' });
    expect(await put(at('set/a'))).toEqual({ state: 'taken' });
    expect(existsSync(join(folder, 'set/a'))).toBe(true);
  });

  it('gets user and password byte for byte, whatever is in them', async () => {
    const { at, server } = await start();
    const word = fc.string({ unit: fc.constantFrom(...'aZ0 "\\\'#:;=%{}$`\u00e9\u5099!') });
    await fc.assert(
      fc.asyncProperty(word, word, async (name, password) => {
        const user = `u${name.replaceAll(':', '')}`;
        await ask(at('a'), { user, password });
        const { authorization = '' } = server.seen.at(-1)?.headers ?? {};
        const sent = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
        expect(sent).toBe(`${user}:${password}`);
      }),
      { numRuns: 25 },
    );
    await ask(at('a'), { token: 'abc"\\def' });
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer abc"\\def');
  });

  it.each([
    ['a head without an end', 'HTTP/1.1 201 Created\r\n', 'x-a: b\r\n', 'refused'],
    ['thanks without an end', 'HTTP/1.1 201 Created\r\n\r\n', 'thank you! ', 'refused'],
    ['a refusal without an end', 'HTTP/1.1 403 Forbidden\r\n\r\n', 'no! ', 'forbidden'],
  ])('that answers with %s is left, and has taken nothing', async (_what, first, rest, reason) => {
    const hostile = createTcp((socket) => {
      socket.on('error', () => undefined);
      socket.write(first);
      const more = () => {
        while (!socket.destroyed && socket.write(rest.repeat(1000)));
      };
      socket.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    const { port } = hostile.address() as AddressInfo;
    expect(await put(`http://127.0.0.1:${port}/a`)).toMatchObject({ state: 'failed', reason });
    await new Promise((resolve) => hostile.close(resolve));
  });

  it('is not reached through a proxy, which would carry it in the clear', async () => {
    const { at, server } = await start();
    process.env['all_proxy'] = 'http://127.0.0.1:9';
    try {
      expect(await ask(at('a'))).toEqual({ state: 'absent' });
    } finally {
      delete process.env['all_proxy'];
    }
    expect(server.seen).toHaveLength(1);
  });
});

describeWith(['curl', 'openssl'], 'a remote of https', () => {
  const { caFile, ...tls } = makeCertificate(temporaryFolder('tls'));
  let server: UploadServer;
  beforeAll(async () => {
    server = await startUploadServer(temporaryFolder('inbox'), { tls });
  });
  afterAll(() => server.close());

  it('is talked to only when its certificate is trusted', async () => {
    const unknown = await put(`${server.url}a`, { protocol: 'https' });
    expect(unknown).toMatchObject({ state: 'failed', reason: 'untrusted' });
    expect(server.seen).toEqual([]);
    const access = { protocol: 'https', caFile, token: 't0ken' } as const;
    expect(await put(`${server.url}a`, access)).toEqual({ state: 'taken' });
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer t0ken');
  });

  it('is reached through the proxy of the environment, whose refusal is told', async () => {
    const proxy = createServer();
    let isOpen = true;
    const told: string[] = [];
    proxy.on('connect', ({ headers }, socket) => {
      told.push(JSON.stringify(headers));
      if (!isOpen) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 200 Connection established\r\nx-proxy: yes\r\n\r\n');
      const onward = connect(server.port, '127.0.0.1');
      for (const one of [socket, onward]) one.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const access = { protocol: 'https', caFile, token: 't0ken' } as const;
      expect(await put(`${server.url}proxied`, access)).toEqual({ state: 'taken' });
      const size = { state: 'there', bytes: content.length };
      expect(await ask(`${server.url}proxied`, access)).toEqual(size);
      expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer t0ken');
      expect(told.join('')).not.toContain('t0ken');
      isOpen = false;
      const answer = await put(`${server.url}a`, access);
      expect(answer).toMatchObject({ state: 'failed', reason: 'login' });
      expect(answer).toMatchObject({ says: expect.stringMatching(/the proxy: .*407/) });
    } finally {
      delete process.env['HTTPS_PROXY'];
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it('that speaks no TLS is no remote of https', async () => {
    const plain = await startUploadServer(temporaryFolder('inbox'));
    const answer = await put(plain.url.replace('http:', 'https:'), { protocol: 'https' });
    expect(answer).toMatchObject({ reason: 'insecure' });
    await plain.close();
  });
});
