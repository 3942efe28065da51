import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { makeCentre } from '../builders/centre.ts';
import { digestsOf, expectSaid, makeSender } from '../builders/sender.ts';
import { describeWith } from '../require-tool.ts';

const { work, path, sonae, startInbox } = makeSender();

describeWith(['curl', 'tar', 'zstd', 'age', 'gpg'], 'upload of a bundle', () => {
  const collect = async (folder: string, ...flags: string[]) => {
    mkdirSync(path(folder));
    const args = ['--profile', 'minimal', '--root', path('root'), '--output', path(folder)];
    expect(await sonae('collect', ...args, ...flags)).toMatchObject({ exitCode: 0 });
    const name = readdirSync(path(folder)).find((one) => /\.tar\.zst(?:\.age)?$/.test(one)) ?? '';
    return path(join(folder, name));
  };
  beforeAll(() => {
    mkdirSync(path('root/etc'), { recursive: true });
    writeFileSync(path('root/etc/hostname'), 'web01\n');
  });

  it('sends it and its digest, after which both are right there', async () => {
    const { to, folder, server } = await startInbox();
    const bundle = await collect('plain', '--case', '0042', '--owner', 'Acme');
    const run = await sonae('upload', bundle, '--to', `${to}{case}/`, '--json');
    expectSaid(run, 0);
    expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'bundle', case: '0042', owner: 'Acme' });
    const there = join(folder, '0042');
    expect(digestsOf(there)).toEqual(
      digestsOf(path('plain')).filter(([name]) => !name.endsWith('.receipt.json')),
    );
    const sums = readdirSync(there).find((name) => name.endsWith('.sha256')) ?? '';
    execFileSync('sha256sum', ['-c', sums], { cwd: there });
    expectSaid(await sonae('verify', join(there, sums.replace(/\.sha256$/, ''))), 0, /whole/);
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  it('sends it together with a set of the same case, each with a receipt', async () => {
    const { to, folder } = await startInbox();
    const bundle = await collect('both', '--case', '0042');
    const run = await sonae('upload', bundle, '0042_vmcore.chunks', '--to', to, '--json');
    expectSaid(run, 0);
    expect(JSON.parse(run.stdout)).toMatchObject([
      { kind: 'bundle', receipt: `${bundle}.receipt.json`, state: 'complete' },
      { kind: 'chunk-set', receipt: path('0042_vmcore.chunks.receipt.json'), state: 'complete' },
    ]);
    expect(readdirSync(folder)).toHaveLength(3);
    expectSaid(await sonae('upload', bundle, '--to', to), 6, /was done already/, /--resume/);
  });

  it('refuses one of another case, one that is damaged, and one that is UNREDACTED', async () => {
    const { to, server } = await startInbox();
    const bundle = await collect('other', '--case', '0042');
    expectSaid(await sonae('upload', bundle, '--to', to, '--case', '0043'), 6, /not of case 0043/);
    const sums = readFileSync(`${bundle}.sha256`, 'utf8');
    writeFileSync(`${bundle}.sha256`, sums.replace(/^.{8}/, '01234567'));
    expectSaid(await sonae('upload', bundle, '--to', to), 5, /not the one its \.sha256 file/);
    for (const noDigest of ['hello\n', '', `${sums}${'x'.repeat(5000)}`]) {
      writeFileSync(`${bundle}.sha256`, noDigest);
      expectSaid(await sonae('upload', bundle, '--to', to), 5, /\.sha256 file holds no digest/);
    }
    appendFileSync(bundle, 'x');
    expectSaid(
      await sonae('upload', bundle, '--to', to),
      5,
      /tar\.zst: the archive cannot be read/,
    );
    const open = await collect('open', '--no-redact');
    expectSaid(await sonae('upload', open, '--to', to), 6, /is UNREDACTED/, /--unredacted/);
    const renamed = path('open/fine.tar.zst');
    renameSync(open, renamed);
    expectSaid(await sonae('upload', renamed, '--to', to), 6, /is UNREDACTED/);
    await sonae(
      'split',
      renamed,
      '--name',
      'sonae-web01-UNREDACTED.tar',
      '--output',
      'open.chunks',
    );
    expectSaid(await sonae('upload', 'open.chunks', '--to', to), 6, /is UNREDACTED/);
    expect(server.seen).toEqual([]);
    expectSaid(await sonae('upload', renamed, '--to', to, '--unredacted'), 0, /1 file is there/);
  });

  it('says how one without a case comes to an address with one', async () => {
    const { to } = await startInbox();
    const bundle = await collect('caseless');
    const upload = (url: string, ...flags: string[]) =>
      sonae('upload', bundle, '--to', url, ...flags);
    expectSaid(await upload(`${to}{case}/`), 2, /write it into --to in place of \{case\}/);
    const run = await upload(to, '--case', '0042');
    expectSaid(run, 6, /of no case, not of case 0042/, /made without --case: .* leave --case away/);
    expectSaid(await upload(`${to}0042/`), 0, /0042/);
  });

  it('tells of an encrypted one what can be told without a key', async () => {
    const { to, server } = await startInbox();
    const { age } = makeCentre(work);
    const bundle = await collect('sealed', '--case', '0042', ...age.options);
    expect(bundle).toMatch(/-0042-.*\.age$/);
    expectSaid(
      await sonae('upload', bundle, '--to', to, '--case', '0043'),
      6,
      /by its name, not of case/,
    );
    // Beside one of another case it would go where that goes.
    const other = await collect('beside', '--case', '0043');
    const both = ['upload', other, bundle, '--to', `${to}{case}/`];
    expectSaid(await sonae(...both), 6, /is encrypted: whether it is of the same case/, /--case/);
    expectSaid(await sonae(...both, '--case', '0043'), 6, /by its name, not of case 0043/);
    expect(server.seen).toEqual([]);
    rmSync(`${bundle}.sha256`);
    expectSaid(
      await sonae('upload', bundle, '--to', `${to}{case}/`, '--case', '0042'),
      0,
      /is encrypted: nothing here tells whether it is whole .*, nor whose it is/,
    );
  });
});
