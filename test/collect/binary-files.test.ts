import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { codecOf } from '../../src/collect/archive/codec.ts';
import { cleanBundle } from '../../src/collect/clean-bundle.ts';
import { aliasMap } from '../../src/redact/identity/alias-map.ts';
import { mergeFacts } from '../../src/redact/identity/identity-facts.ts';
import { identityRedactor } from '../../src/redact/identity/identity-redactor.ts';
import { noRedactor, secretRedactor } from '../../src/redact/secret-redactor.ts';
import { readItem } from '../builders/item.ts';
import { describeWith } from '../require-tool.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { collectInto } from './collect-into.ts';

const secret = 'Tr0ub4dor-and-3';
const log = `Nov 24 10:00:00 web01 app: login password=${secret} ok\n`;
const sar = Buffer.concat([Buffer.from([0x96, 0xd5, 0x75, 0x21]), Buffer.alloc(200, 7)]);

function rootWith(files: Readonly<Record<string, Buffer | string>>): string {
  const root = temporaryFolder('binary');
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  }
  return root;
}

const packedBy = (tool: string, bytes: Buffer | string) =>
  execFileSync(tool, ['-c'], { input: bytes });

const taken = async (
  files: Readonly<Record<string, Buffer | string>>,
  redactor = secretRedactor(),
) => {
  const root = rootWith(files);
  const paths = ['/var', '/etc', '/sys'];
  const item = readItem('all', paths, { limits: { timeMs: 20_000, bytes: 2 ** 21, files: 1000 } });
  const result = await collectInto([item], { root, redactor });
  const recordOf = (path: string) =>
    result.manifest.records.find(
      ({ source }) => source && 'file' in source && source.file === path,
    );
  return { ...result, root, recordOf };
};

describeWith(['tar', 'zstd', 'xz', 'bzip2', 'gzip', 'iconv'], 'files that are no text', () => {
  it('unpacks rotated logs, so that the secrets in them are masked', async () => {
    const big = log.repeat(2000);
    const { read, recordOf, folder, published } = await taken({
      'var/log/app.log.1.gz': gzipSync(log),
      'var/log/app.log.2.xz': packedBy('xz', log),
      'var/log/app.log.3.bz2': packedBy('bzip2', log),
      'var/log/app.log.4.zst': packedBy('zstd', log),
      // Two members, as appending makes them, and too large to come along with the search.
      'var/log/big.log.gz': Buffer.concat([gzipSync(big, { level: 0 }), gzipSync(big)]),
      'var/log/wide.log': Buffer.from(`\ufeff${log}`, 'utf16le'),
    });
    for (const name of ['app.log.1', 'app.log.2', 'app.log.3', 'app.log.4', 'wide.log']) {
      expect(read(`var/log/${name}`)).toMatch(/app: login password=<sonae:secret:1> ok\n$/);
    }
    expect(read('var/log/big.log')).toBe(big.repeat(2).replaceAll(secret, '<sonae:secret:1>'));
    expect(published.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(recordOf('/var/log/app.log.1.gz')).toMatchObject({
      path: 'var/log/app.log.1',
      state: 'collected',
      note: 'gzip, taken as what gzip made of it',
      masked: { 'password-key': 1 },
    });
    expect(recordOf('/var/log/big.log.gz')?.masked).toEqual({ 'password-key': 4000 });
    expect(existsSync(join(folder, 'var/log/app.log.1.gz'))).toBe(false);
  });

  it('does not unpack without end: what comes out of a small file has a limit too', async () => {
    const root = rootWith({ 'var/log/bomb.gz': gzipSync(Buffer.alloc(8 * 2 ** 20, 'x y\n')) });
    const limits = { timeMs: 20_000, bytes: 2 ** 20, files: 10 };
    const { manifest, read } = await collectInto(
      [readItem('log', ['/var/log'], { limits, keep: 'head' })],
      { root, redactor: secretRedactor() },
    );
    const record = manifest.records.find(({ path }) => path === 'var/log/bomb');
    expect(record).toMatchObject({ state: 'truncated', bytes: 2 ** 20 });
    expect(read('var/log/bomb').length).toBe(2 ** 20);
  });

  it('keeps what viewers need and holds no text of users, and says so', async () => {
    const { read, recordOf, folder } = await taken({
      'var/log/sa/sa23': sar,
      'var/log/sa/sa22.xz': packedBy('xz', sar),
      'var/log/wtmp': Buffer.alloc(384 * 200, 1),
      'var/log/btmp': Buffer.alloc(384, 1),
    });
    expect(readFileSync(join(folder, 'var/log/sa/sa23'))).toEqual(sar);
    expect(readFileSync(join(folder, 'var/log/sa/sa22'))).toEqual(sar);
    expect(recordOf('/var/log/sa/sa23')).toMatchObject({ state: 'collected', unmasked: true });
    expect(recordOf('/var/log/wtmp')).toMatchObject({ state: 'collected', unmasked: true });
    expect(recordOf('/var/log/btmp')).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('passwords too'),
    });
    expect(recordOf('/var/log/btmp')?.path).toBeUndefined();
    expect(read('sonae/README.txt')).toMatch(
      /NOT MASKED, since it is no text\n(?: {2}.+\n)* {2}var\/log\/sa\/sa23: sar data, kept/,
    );
  });

  it('leaves out what may hold anything, with the kind and the reason', async () => {
    const inner = execFileSync('tar', ['-C', rootWith({ x: log }), '-cz', 'x']);
    const { recordOf, folder, manifest } = await taken({
      'var/lib/app/users.db': Buffer.from(`SQLite format 3\0${secret}`),
      'var/lib/app/core.12': Buffer.from(`\x7fELF\x02${secret}`, 'latin1'),
      'var/lib/app/all.tar.gz': inner,
      'var/lib/app/twice.gz': gzipSync(gzipSync(log)),
      'var/lib/app/cut.gz': Buffer.from('1f8b0801ffff', 'hex'),
      'var/lib/app/blob': Buffer.from([1, 2, 3, 4, 0, 0, 0, 5]),
    });
    const reasons = manifest.records.map(({ source, state, reason }) => [
      source && 'file' in source ? source.file.slice(13) : '',
      state,
      reason,
    ]);
    expect(reasons).toEqual(
      expect.arrayContaining([
        ['users.db', 'skipped', 'SQLite database: a database may hold anything'],
        ['core.12', 'skipped', expect.stringMatching(/^ELF: a core file holds memory/)],
        ['all.tar.gz', 'skipped', 'tar in gzip: an archive may hold anything'],
        ['twice.gz', 'skipped', 'packed more than once: it cannot be searched'],
        ['cut.gz', 'failed', expect.stringMatching(/^gzip: it could not be unpacked: gzip: /)],
        ['blob', 'skipped', expect.stringMatching(/^unknown binary/)],
      ]),
    );
    expect(recordOf('/var/lib/app/users.db')?.path).toBeUndefined();
    expect(existsSync(join(folder, 'var/lib'))).toBe(false);
  });

  it('leaves out with names replaced what it would keep otherwise', async () => {
    const redactor = identityRedactor(secretRedactor(), aliasMap(), mergeFacts([]));
    const { recordOf } = await taken({ 'var/log/sa/sa23': sar }, redactor);
    expect(recordOf('/var/log/sa/sa23')).toMatchObject({
      state: 'skipped',
      reason: 'sar data: names in it cannot be replaced',
    });
  });

  it('changes nothing with --no-redact', async () => {
    const packed = gzipSync(log);
    const { folder } = await taken({ 'var/log/app.log.1.gz': packed }, noRedactor());
    expect(readFileSync(join(folder, 'var/log/app.log.1.gz'))).toEqual(packed);
  });

  it('does not let a link in an image lead its unpacking to files of this machine', async () => {
    const outside = rootWith({ 'log/app.log.gz': gzipSync(log) });
    const root = rootWith({ 'etc/hostname': 'x\n' });
    mkdirSync(join(root, 'var'));
    symlinkSync(join(outside, 'log'), join(root, 'var/log'));
    mkdirSync(join(root, outside, 'log'), { recursive: true });
    writeFileSync(join(root, outside, 'log/app.log.gz'), gzipSync('of the image\n'));
    const { manifest } = await collectInto([readItem('log', ['/var/log/app.log.gz'])], {
      root,
      redactor: secretRedactor(),
    });
    const record = manifest.records.find(({ source }) => source && 'file' in source);
    expect(record).toMatchObject({ state: 'skipped', reason: expect.stringContaining('a link') });
  });

  it('counts by rule and file, and a cleaning adds its own', async () => {
    const { file, manifest, recordOf } = await taken({
      'etc/a.conf': `password=${secret}\ntoken=abc123def456\n`,
      'etc/b.conf': 'color=blue\n',
      'etc/c.conf': 'mail to tanaka@corp.example.jp\n',
    });
    expect(recordOf('/etc/a.conf')?.masked).toEqual({ 'password-key': 1, 'token-key': 1 });
    expect(recordOf('/etc/b.conf')?.masked).toBeUndefined();
    const sum = manifest.records.flatMap(({ masked }) => Object.values(masked ?? {}));
    const all = Object.values(manifest.redaction.hits);
    expect(sum.reduce((a, b) => a + b)).toBe(all.reduce((a, b) => a + b));

    const codec = codecOf('zst');
    const redactor = identityRedactor(
      secretRedactor({ series: 'c' }),
      aliasMap(),
      mergeFacts([{ keywords: ['blue'] }]),
    );
    const names: string[] = [];
    let written: Buffer[] = [];
    const { ArchiveWriter } = await import('../../src/collect/archive/archive-writer.ts');
    const archive = new ArchiveWriter(
      {
        get written() {
          return written.reduce((total, { length }) => total + length, 0);
        },
        async write(bytes) {
          written = [...written, Buffer.from(bytes)];
        },
      },
      codec,
    );
    await cleanBundle({
      input: { codec, feed: (take) => take(readFileSync(file)) },
      redactor,
      archive,
      codec,
    });
    const { proveBundle } = await import('../../src/collect/prove-bundle.ts');
    const digest = await proveBundle(codec, (take) => take(Buffer.concat(written)));
    expect(digest.problems).toEqual([]);
    for (const { path, masked } of digest.manifest.records) {
      if (path === undefined) continue;
      names.push(path);
      if (path === 'etc/a.conf') expect(masked).toEqual({ 'password-key': 1, 'token-key': 1 });
      if (path === 'etc/b.conf') expect(masked).toEqual({ 'identity-keyword': 1 });
      if (path === 'etc/c.conf') expect(masked).toEqual({ 'identity-mail': 1 });
    }
    expect(names).toEqual(expect.arrayContaining(['etc/a.conf', 'etc/b.conf', 'etc/c.conf']));
  });
});

// Made by systemd-journal-remote 252 from one entry of an export, whose message is the line of `log`.
const journal = () =>
  gunzipSync(readFileSync(new URL('../fixtures/journal/one-entry.journal.gz', import.meta.url)));

describeWith(['journalctl', 'tar', 'zstd'], 'a journal', () => {
  it('is taken as text, whatever part of it the limit would leave', async () => {
    const { read, recordOf } = await taken({ 'var/log/journal/0a/system.journal': journal() });
    expect(read('var/log/journal/0a/system.journal.txt')).toMatch(
      / web01 app: login password=<sonae:secret:1> ok\n$/,
    );
    expect(recordOf('/var/log/journal/0a/system.journal')).toMatchObject({
      state: 'collected',
      note: 'systemd journal, taken as what journalctl made of it',
      masked: { 'password-key': 1 },
    });
  });
});
