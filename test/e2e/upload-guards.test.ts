import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectSaid, makeSender } from '../builders/sender.ts';
import { describeWith } from '../require-tool.ts';

const { path, sonae, copyOfSet } = makeSender();

describeWith(['curl'], 'what must not be sent', () => {
  const nowhere = 'https://127.0.0.1:1/';

  it('is of another case or owner, or of two', async () => {
    const mine = copyOfSet();
    expectSaid(
      await sonae('upload', mine, '--to', nowhere, '--case', '0043'),
      6,
      /not of case 0043/,
    );
    expectSaid(
      await sonae('upload', mine, '--to', nowhere, '--owner', 'Evil'),
      6,
      /not of owner Evil/,
    );
    await sonae('split', 'vmcore', '--case', '0043', '--output', 'other.chunks');
    expectSaid(await sonae('upload', mine, 'other.chunks', '--to', nowhere), 6, /foreign data/);
    expectSaid(
      await sonae('upload', mine, `./${mine}`, '--to', nowhere),
      2,
      /two things would be called/,
    );
  });

  it('is damaged, not whole, not finished, or has chunks of others in it', async () => {
    const at = (name: string, file: string) => path(join(name, file));
    const hurt = copyOfSet();
    appendFileSync(at(hurt, '0042_vmcore.zst.001'), 'x');
    rmSync(at(hurt, '0042_vmcore.zst.002'));
    expectSaid(
      await sonae('upload', hurt, '--to', nowhere),
      5,
      /zst\.001 \(its digest differs\), 0042_vmcore\.zst\.002 \(not there\)/,
    );
    const begun = copyOfSet();
    rmSync(at(begun, 'chunk-set.json'));
    expectSaid(await sonae('upload', begun, '--to', nowhere), 5, /has no chunk-set\.json/);
    const mixed = copyOfSet();
    writeFileSync(at(mixed, '0043_other.zst.000'), 'x');
    expectSaid(await sonae('upload', mixed, '--to', nowhere), 6, /not of this set: 0043_other/);
    const sums = copyOfSet();
    appendFileSync(at(sums, 'SHA256SUMS'), 'x');
    expectSaid(await sonae('upload', sums, '--to', nowhere), 5, /SHA256SUMS does not say/);
    const linked = copyOfSet();
    rmSync(at(linked, '0042_vmcore.zst.000'));
    symlinkSync(at(copyOfSet(), '0042_vmcore.zst.000'), at(linked, '0042_vmcore.zst.000'));
    expectSaid(await sonae('upload', linked, '--to', nowhere), 6, /symbolic link/);
    for (const name of [hurt, begun, mixed, sums, linked])
      expect(existsSync(path(`${name}.receipt.json`))).toBe(false);
  });

  it('is not a dump in the clear, of which it only warns', async () => {
    const name = copyOfSet();
    const manifest = path(join(name, 'chunk-set.json'));
    const set = JSON.parse(readFileSync(manifest, 'utf8'));
    set.original.dump = { format: 'elf64-core', completeness: 'complete', problems: [] };
    writeFileSync(manifest, JSON.stringify(set));
    const run = await sonae('upload', name, '--to', nowhere, '--dry-run');
    expectSaid(run, 0, /dump in the clear: it holds what was in memory/, /split --encrypt-to KEY/);
  });

  it.each([
    [
      'a file that goes along anyway',
      ['x.tar.zst.sha256'],
      2,
      /Name the bundle or the folder alone/,
    ],
    ['a plain file', ['vmcore'], 2, /neither a bundle nor the folder of a chunk set/],
    ['nothing', ['absent.chunks'], 2, /no such file/],
    ['a device', ['/dev/null'], 2, /\/dev\/null: it, or a part of its path, is not a folder/],
    ['to http elsewhere', ['@', '--to', 'http://h.example/'], 2, /not encrypted on its way/],
    ['to a URL with a password', ['@', '--to', 'https://u:s3cret@h/'], 2, /password in the URL/],
    [
      'to a case nobody knows',
      ['@', '--to', 'https://h/{casse}/'],
      2,
      /only \{name\} and \{case\}/,
    ],
    ['to nowhere', ['@'], 2, /send where\? Give --to/],
    ['at no rate', ['@', '--to', nowhere, '--limit-rate', 'fast'], 2, /--limit-rate fast/],
    ['with one receipt for two', ['@', '@', '--to', nowhere, '--receipt', 'r'], 2, /for one path/],
    [
      'without a place for the receipt',
      ['@', '--to', nowhere, '--receipt', '/proc/r'],
      2,
      /receipt cannot be written/,
    ],
    [
      'in place of a file that is no receipt',
      ['@', '--to', nowhere, '--receipt', 'vmcore'],
      6,
      /no receipt/,
    ],
  ] as const)('is %s', async (_what, args, exitCode, sentence) => {
    const name = copyOfSet();
    writeFileSync(path('x.tar.zst.sha256'), '');
    const all = args.map((arg) => (arg === '@' ? name : arg));
    const run = await sonae('upload', ...all, ...(args[0] === '@' ? [] : ['--to', nowhere]));
    expectSaid(run, exitCode, sentence);
    expect(run.stdout + run.stderr).not.toContain('s3cret');
  });
});
