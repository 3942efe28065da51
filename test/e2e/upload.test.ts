import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestsOf, expectSaid, makeSender } from '../builders/sender.ts';
import { describeWith } from '../require-tool.ts';

const { path, sonae, copyOfSet, startInbox, receiptOf } = makeSender();

describeWith(['curl', 'zstd', 'tar'], 'upload of a chunk set', () => {
  it('arrives whole, in order, in a folder of its own, and is proved by digest', async () => {
    const { to, folder, server } = await startInbox({ tellsDigest: true });
    const name = copyOfSet();
    const before = digestsOf(path(name));
    const run = await sonae('upload', name, '--to', to, '--case', '0042');
    const count = before.length;
    expectSaid(run, 0, new RegExp(`all ${count} files are there .*: ${to}${name}/`));
    expectSaid(run, 0, new RegExp(`${count} of ${count}: the remote tells the same SHA-256`));
    expect(digestsOf(join(folder, name))).toEqual(before);
    expect(digestsOf(path(name))).toEqual(before);
    const puts = server.seen.filter(({ method }) => method === 'PUT').map(({ url }) => url);
    expect(puts.slice(-3).map((url) => url.split('/').at(-1))).toEqual([
      'SHA256SUMS',
      'README.txt',
      'chunk-set.json',
    ]);
    // What arrived is what a receiver needs, with sonae and without.
    execFileSync('sha256sum', ['--quiet', '--ignore-missing', '-c', 'SHA256SUMS'], {
      cwd: join(folder, name),
    });
    expect(await sonae('verify', join(folder, name))).toMatchObject({ exitCode: 0 });
    const receipt = receiptOf(name);
    expect(receipt).toMatchObject({ state: 'complete', case: '0042', to: `${to}{name}` });
    expect(receipt.files.every(({ proof }: { proof: string }) => proof === 'digest')).toBe(true);
    expect(statSync(path(`${name}.receipt.json`)).mode & 0o777).toBe(0o600);
  });

  it('goes flat into a template, with names that cannot collide', async () => {
    const { to, folder, server } = await startInbox({ hasHead: false });
    const name = copyOfSet();
    const run = await sonae('upload', name, '--to', `${to}upload.php?file={name}`);
    expectSaid(
      run,
      0,
      /the remote says that it took it, and tells no more/,
      /sonae verify 0042_vmcore\.chunk-set\.json/,
    );
    expect(server.seen.every(({ method }) => method === 'PUT')).toBe(true);
    expect(readdirSync(folder)).toContain('0042_vmcore.chunk-set.json');
    execFileSync('sha256sum', ['--quiet', '--ignore-missing', '-c', '0042_vmcore.SHA256SUMS'], {
      cwd: folder,
    });
    const manifest = join(folder, '0042_vmcore.chunk-set.json');
    // Of others, with names that begin in nearly the same way.
    for (const other of ['0042_vmcore2.zst.000', '0042_vmcore2.chunk-set.json', 'chunk-set.json'])
      writeFileSync(join(folder, other), 'x');
    expect(await sonae('verify', manifest)).toMatchObject({ exitCode: 0 });
    expect(await sonae('join', manifest, '--output', path('flat-joined'))).toMatchObject({
      exitCode: 0,
    });
    // What was split is no dump: it was looked into, not the manifest's own bytes.
    expectSaid(await sonae('inspect', manifest), 5, /first bytes match no dump format/);
    rmSync(join(folder, '0042_vmcore.zst.001'));
    expectSaid(await sonae('verify', manifest), 3, /0042_vmcore\.zst\.001: missing/);
    const back = await sonae('upload', name, '--to', `${to}u?file={name}`, '--read-back');
    expectSaid(back, 2, /nothing gives them back/);
  });

  it('has its folder made at a server like WebDAV, and is told the size', async () => {
    const { to, folder, server } = await startInbox({ isWebDav: true });
    const name = copyOfSet();
    expectSaid(await sonae('upload', name, '--to', to), 0, /the remote tells the same size/);
    expect(server.seen.filter(({ method }) => method === 'MKCOL')).toHaveLength(1);
    expect(await sonae('verify', join(folder, name))).toMatchObject({ exitCode: 0 });
  });

  it('is fetched again with --read-back; a remote that does not give it is said', async () => {
    const { to, server } = await startInbox();
    const name = copyOfSet();
    expectSaid(
      await sonae('upload', name, '--to', to, '--read-back'),
      0,
      /fetched again and compared/,
    );
    server.behave = ({ method }) => (method === 'GET' ? { status: 403 } : undefined);
    const other = copyOfSet();
    const run = await sonae('upload', other, '--to', to, '--read-back');
    expectSaid(run, 7, /could not be read back/, /files were taken, and could not be read back/);
    expect(receiptOf(other).files[0].proof).toBe('size');
  });

  it('is one JSON document with --json, and says what would be sent with --dry-run', async () => {
    const { to, server } = await startInbox();
    const name = copyOfSet();
    const dry = await sonae('upload', name, '--to', to, '--dry-run');
    expectSaid(dry, 0, /Would send 7 files/, /0042_vmcore\.zst\.000 {2}/, /nobody was asked/);
    expect(server.seen).toEqual([]);
    expect(existsSync(path(`${name}.receipt.json`))).toBe(false);
    const run = await sonae('upload', name, '--to', to, '--json');
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      receipt: path(`${name}.receipt.json`),
      state: 'complete',
    });
    for (const line of run.stderr.trim().split('\n')) JSON.parse(line);
  });

  it('says with --dry-run what the receipt makes of it, as without', async () => {
    const { to } = await startInbox();
    const name = copyOfSet();
    const upload = (...flags: string[]) => sonae('upload', name, '--to', to, ...flags);
    expectSaid(await upload(), 0);
    expectSaid(await upload('--dry-run'), 6, /was done already/);
    const done = await upload('--dry-run', '--resume');
    expectSaid(done, 0, /Would send 0 files/, /By its receipt, 7 of 7 files .* are there already/);
    const waiting = receiptOf(name);
    Object.assign(waiting.files[1], { state: 'waiting', sentAt: undefined, proof: undefined });
    writeFileSync(path(`${name}.receipt.json`), JSON.stringify(waiting));
    expectSaid(await upload('--dry-run', '--resume'), 0, /Would send 1 file .*:\n.*zst\.001 /);
    const { shipments } = JSON.parse((await upload('--dry-run', '--resume', '--json')).stdout);
    expect(shipments[0].files.map(({ state }: { state: string }) => state)).toEqual(
      waiting.files.map(({ state }: { state: string }) => state),
    );
    expect(receiptOf(name)).toEqual(JSON.parse(JSON.stringify(waiting)));
  });
});
