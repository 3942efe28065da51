import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestsOf, expectSaid, makeSender } from '../builders/sender.ts';
import { describeWith } from '../require-tool.ts';

const { path, sonae, copyOfSet, startInbox, receiptOf } = makeSender();

describeWith(['curl'], 'a remote that does not do what it should', () => {
  it.each([
    [
      401,
      7,
      /does not let us in \(HTTP 401: no\).*0 of 7/,
      /upload\.user and upload\.passwordFile/,
    ],
    [403, 7, /forbids it/, /may write there/],
    [413, 7, /larger than .* takes/, /smaller --size/],
    [507, 7, /no space left/, /Tell the centre/],
    [405, 7, /takes no files at this address/, /ask the centre/],
  ] as const)('and answers %i is told at once', async (status, exitCode, what, next) => {
    const { to, server } = await startInbox();
    server.behave = ({ method }) => (method === 'PUT' ? { status, body: 'no' } : undefined);
    const name = copyOfSet();
    expectSaid(await sonae('upload', name, '--to', to), exitCode, what, next);
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect(receiptOf(name)).toMatchObject({ state: 'unfinished' });
  });

  it('sends us on: not followed, but told', async () => {
    const { to, server } = await startInbox();
    server.behave = ({ method }) =>
      method === 'PUT'
        ? { status: 302, headers: { location: 'https://login.example/' } }
        : undefined;
    expectSaid(
      await sonae('upload', copyOfSet(), '--to', to),
      7,
      /sends us on to https:\/\/login\.example/,
      /follows no redirection/,
    );
  });

  it('is busy, then breaks off, then takes it: tried again', async () => {
    const { to, server, folder } = await startInbox();
    server.behave = ({ method }, count) => {
      if (method !== 'PUT') return undefined;
      if (count === 1) return { status: 503, headers: { 'retry-after': '1' } };
      return count === 2 ? { breakAfter: 20_000 } : undefined;
    };
    const name = copyOfSet();
    const run = await sonae('upload', name, '--to', to);
    expectSaid(
      run,
      0,
      /is busy \(HTTP 503\); trying again in 1\.0 s/,
      /broke off .*again in 2\.0 s/,
    );
    expect(receiptOf(name).files[0].tries).toBe(3);
    expect(await sonae('verify', join(folder, name))).toMatchObject({ exitCode: 0 });
  });

  it('takes it all and breaks off before it says so: looked at, and not sent twice', async () => {
    const { to, server, folder } = await startInbox({ tellsDigest: true });
    server.behave = ({ method }, count) =>
      method === 'PUT' && count === 1 ? { silent: true } : undefined;
    const name = copyOfSet();
    const run = await sonae('upload', name, '--to', to);
    expectSaid(run, 0, /broke off/, /7 of 7: the remote tells the same SHA-256/);
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(7);
    expect(digestsOf(join(folder, name))).toEqual(digestsOf(path(name)));
  });

  it('lies about the size, or has it damaged on the way: sent again, then status 5', async () => {
    const lying = await startInbox({ liesBy: 1 });
    const name = copyOfSet();
    const run = await sonae('upload', name, '--to', lying.to);
    expectSaid(
      run,
      5,
      /did not arrive as it was sent, 3 times: the remote has \d+ bytes of it, not/,
    );
    const { to, server, folder } = await startInbox({ tellsDigest: true });
    server.behave = ({ method }, count) =>
      method === 'PUT' && count === 2 ? { corrupt: true } : undefined;
    const other = copyOfSet();
    expectSaid(
      await sonae('upload', other, '--to', to),
      0,
      /tells another digest than what was sent/,
    );
    expect(digestsOf(join(folder, other))).toEqual(digestsOf(path(other)));
  });

  it('answers every question with a page of its own: not believed, and not refused', async () => {
    const { to, folder } = await startInbox({ answersAll: true });
    const name = copyOfSet();
    expectSaid(await sonae('upload', name, '--to', to), 0, /took it, and tells no more/);
    expect(await sonae('verify', join(folder, name))).toMatchObject({ exitCode: 0 });
  });

  it('has another name than was typed', async () => {
    const name = copyOfSet();
    const slip = await sonae('upload', name, '--to', 'https://nowhere.invalid/');
    expectSaid(slip, 7, /no address is known for nowhere\.invalid/);
    // With the right address the receipt of the slip is in nobody's way.
    const right = await startInbox();
    expectSaid(await sonae('upload', name, '--to', right.to), 0, /are there/);
  });

  it('has other content under the name: never overwritten', async () => {
    const { to, folder } = await startInbox();
    const name = copyOfSet();
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'README.txt'), 'of somebody else');
    const run = await sonae('upload', name, '--to', to);
    expectSaid(run, 6, /README\.txt is there already, with other content: it is not overwritten/);
    expect(readdirSync(join(folder, name))).toEqual(['README.txt']);
    // The same size: only with --read-back can be told whether it is the same.
    cpSync(join(path(name), 'README.txt'), join(folder, name, 'README.txt'));
    expectSaid(await sonae('upload', name, '--to', to), 6, /nothing tells whether it is the same/);
    expectSaid(await sonae('upload', name, '--to', to, '--read-back'), 0, /fetched again/);
  });
});
