import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'sonae-clean-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const top = 'sosreport-web01-2026-11-24-abcdefg';
const secrets = ['Tr0ub4dor3', 'hunter22x', 'S3cr3tT0ken99'];
const identities = [
  'web01',
  'acme',
  'tanaka',
  '10.1.2.3',
  '52:54:00:ab:cd:ef',
  'CZ1234567X',
  'Fuji',
];

const files: Readonly<Record<string, string>> = {
  'version.txt': 'sos report: 4.12\n',
  hostname: 'web01.corp.acme.co.jp\n',
  'etc/hosts': '127.0.0.1 localhost\n10.1.2.3 web01.corp.acme.co.jp web01\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ntanaka:x:1000:1000::/home/tanaka:/bin/bash\n',
  dmidecode: 'System Information\n\tSerial Number: CZ1234567X\n',
  'sos_commands/networking/ip_-d_address':
    '2: eth0\n  link/ether 52:54:00:ab:cd:ef brd ff:ff:ff:ff:ff:ff\n  inet 10.1.2.3/24 brd 10.1.2.255\n',
  'etc/systemd/system/app.service': '[Service]\nEnvironment=DB_PASSWORD=Tr0ub4dor3\n',
  'etc/cron.d/job': '* * * * * root curl -u admin:hunter22x https://web01/ # Fuji\n',
  'var/log/messages':
    'Nov 24 10:00:00 web01 sshd[1]: Accepted password for tanaka from 10.1.2.9 port 22\n',
  'installed-debs': 'ii  libfoo  1.2.3.4  amd64\n',
};

function makeBundle(name: string, extra: Readonly<Record<string, Buffer | string>> = {}): string {
  const tree = mkdtempSync(join(work, 'tree-'));
  for (const [path, text] of Object.entries({ ...files, ...extra })) {
    mkdirSync(dirname(join(tree, top, path)), { recursive: true });
    writeFileSync(join(tree, top, path), text);
  }
  symlinkSync('sos_commands/networking/ip_-d_address', join(tree, top, 'ip_tanaka'));
  const file = join(mkdtempSync(join(work, 'in-')), name);
  execFileSync('tar', ['-C', tree, '-caf', file, top]);
  return file;
}

function unpack(file: string): {
  top: string;
  read: (path: string) => string;
  all: string;
  names: string;
} {
  const place = mkdtempSync(join(work, 'out-'));
  execFileSync('sh', ['-c', 'zstd -dcq "$0" | tar -x -C "$1"', file, place]);
  const [inner = ''] = readdirSync(place);
  const all = execFileSync('sh', ['-c', 'cd "$0" && find . -type f -exec cat {} +', place], {
    encoding: 'utf8',
  });
  const names = execFileSync('sh', ['-c', 'cd "$0" && find . -printf "%p %l\\n"', place], {
    encoding: 'utf8',
  });
  return {
    top: join(place, inner),
    read: (path) => readFileSync(join(place, inner, path), 'utf8'),
    all,
    names,
  };
}

describeWith(['tar', 'xz', 'zstd'], 'sonae clean', () => {
  it('cleans a bundle of sos: no secret, no name, no address, still the same form', async () => {
    const bundle = makeBundle(`${top}.tar.xz`);
    const before = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    const map = join(dirname(bundle), 'acme.map');
    const run = await runSonae(['clean', bundle, '--map', map, '--keyword', 'Fuji', '--json']);
    expect(run.stderr).not.toMatch(/bug|Error/);
    const report = JSON.parse(run.stdout) as { bundle: string; verification: { places: [] } };
    expect(report.verification.places).toEqual([]);
    expect(run.exitCode).toBe(0);
    expect(createHash('sha256').update(readFileSync(bundle)).digest('hex')).toBe(before);
    expect(statSync(map).mode & 0o777).toBe(0o600);
    expect(statSync(report.bundle).mode & 0o777).toBe(0o600);

    const cleaned = unpack(report.bundle);
    for (const word of [...secrets.slice(0, 2), ...identities]) {
      expect(cleaned.all).not.toContain(word);
      expect(cleaned.names).not.toContain(word);
      expect(report.bundle).not.toContain(`/${word}`);
    }
    expect(cleaned.read('version.txt')).toBe('sos report: 4.12\n');
    expect(cleaned.read('installed-debs')).toBe('ii  libfoo  1.2.3.4  amd64\n');
    expect(cleaned.read('etc/systemd/system/app.service')).toMatch(
      /^\[Service\]\nEnvironment=DB_PASSWORD=<sonae:secret:c\d+>\n$/,
    );
    expect(cleaned.read('sos_commands/networking/ip_-d_address')).toMatch(
      /inet 24[01]\.\d+\.\d+\.3\/24 brd 24[01]\.\d+\.\d+\.255/,
    );
    const link = readdirSync(cleaned.top).find((name) => name.startsWith('ip_')) ?? '';
    expect(readlinkSync(join(cleaned.top, link))).toBe('sos_commands/networking/ip_-d_address');
    expect((await runSonae(['clean', '--verify', report.bundle, '--map', map])).exitCode).toBe(0);

    // Another bundle of the same customer gets the same aliases.
    const other = makeBundle(`${top}.tar.gz`, { 'var/log/messages': 'tanaka 10.1.2.9\n' });
    const again = await runSonae(['clean', other, '--map', map, '--keyword', 'Fuji', '--json']);
    const second = unpack((JSON.parse(again.stdout) as { bundle: string }).bundle);
    expect(second.read('hostname')).toBe(cleaned.read('hostname'));
    const alias = /for (\S+) from (\S+) port/.exec(cleaned.read('var/log/messages'));
    expect(second.read('var/log/messages')).toBe(`${alias?.[1]} ${alias?.[2]}\n`);
  });

  it('drops what cannot be searched, and unpacks small packed logs', async () => {
    const bundle = makeBundle(`${top}.tar.gz`, {
      'var/log/app.log.1.gz': gzipSync('token=S3cr3tT0ken99 web01\n'),
      'var/lib/x.db': Buffer.from('SQLite format 3\0 password=S3cr3tT0ken99'),
    });
    const run = await runSonae(['clean', bundle, '--json']);
    const report = JSON.parse(run.stdout) as { bundle: string; dropped: { path: string }[] };
    expect(report.dropped.map(({ path }) => path.replace(/^[^/]*\//, ''))).toEqual([
      'var/lib/x.db',
    ]);
    const cleaned = unpack(report.bundle);
    expect(cleaned.read('var/log/app.log.1')).toMatch(/^token=<sonae:secret:c\d+> host\d+\n$/);
    expect(cleaned.all).not.toContain('S3cr3tT0ken99');
  });

  it('says where a secret is, also in archives inside, and ends with 4', async () => {
    const inner = makeBundle('inner.tar.gz', { 'etc/app.conf': 'x\napi_key=S3cr3tT0ken99\n' });
    const bundle = makeBundle(`${top}.tar.gz`, { 'var/tmp/inner.tar.gz': readFileSync(inner) });
    const run = await runSonae(['clean', '--verify', bundle]);
    expect(run.exitCode).toBe(4);
    expect(run.stdout).toContain(`${top}/etc/systemd/system/app.service:2: assigned-secret`);
    expect(run.stdout).toContain(
      `${top}/var/tmp/inner.tar.gz!${top}/etc/app.conf:2: assigned-secret`,
    );
    for (const secret of secrets) expect(run.stdout + run.stderr).not.toContain(secret);
  });

  it('reads an archive that is one large frame, as tar --zstd makes it', async () => {
    const log = Buffer.alloc(70 * 1024 * 1024, `${'a long line '.repeat(400)}\n`);
    const packed = makeBundle(`${top}.tar.gz`, { 'var/log/large.log': log });
    const bundle = packed.replace(/\.gz$/, '.zst');
    execFileSync('sh', ['-c', `gzip -dc "${packed}" | zstd -q > "${bundle}"`]);
    const run = await runSonae(['clean', bundle, '--json']);
    expect(run.stderr).not.toContain('Buffer');
    expect(run.exitCode).toBe(0);
    const cleaned = (JSON.parse(run.stdout) as { bundle: string }).bundle;
    const listed = execFileSync('tar', ['--zstd', '-tvf', cleaned], { encoding: 'utf8' });
    expect(listed).toMatch(new RegExp(` ${log.length} .*/var/log/large\\.log\n`));
  });

  it('says what it cannot look into, and ends with 3', async () => {
    const bundle = makeBundle(`${top}.tar.gz`, {
      'etc/systemd/system/app.service': '[Service]\n',
      'etc/cron.d/job': '# none\n',
      'var/tmp/all.zip': Buffer.from('PK\x03\x04 packed'),
      'var/log/x.journal': Buffer.concat([
        Buffer.from('LPKSHHRH\0\0\0\0'),
        Buffer.from([8, 0, 0, 0]),
      ]),
      'var/log/twice.gz': gzipSync(gzipSync('color=blue\n')),
      'secret.age': 'age-encryption.org/v1\n-> X25519 x\n',
    });
    const run = await runSonae(['clean', '--verify', bundle]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain(`${top}/var/tmp/all.zip: not looked into: a zip archive`);
    expect(run.stdout).toContain(
      `${top}/var/log/x.journal: not looked into: a journal with packed`,
    );
    expect(run.stdout).toContain(`${top}/secret.age: not looked into: encrypted`);
    expect(run.stdout).not.toContain('twice');
    const packed = makeBundle(`${top}.tar.gz`, {
      'var/log/twice.gz': gzipSync(gzipSync('token=S3cr3tT0ken99\n')),
    });
    const found = await runSonae(['clean', '--verify', packed]);
    expect(found.stdout).toContain(`${top}/var/log/twice.gz:1: assigned-secret`);
  });

  it('keeps an encrypted map that age can open', async () => {
    const bundle = makeBundle(`${top}.tar.gz`);
    const folder = dirname(bundle);
    writeFileSync(join(folder, 'pass'), 'correct horse\n', { mode: 0o600 });
    const flags = ['--map', join(folder, 'm.age'), '--map-passphrase-file', join(folder, 'pass')];
    expect((await runSonae(['clean', bundle, ...flags])).exitCode).toBe(0);
    expect(readFileSync(join(folder, 'm.age'), 'latin1')).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt /,
    );
    const cleaned = readdirSync(folder).find((name) => name.endsWith('-clean.tar.zst')) ?? '';
    expect((await runSonae(['clean', '--verify', join(folder, cleaned), ...flags])).exitCode).toBe(
      0,
    );
    expect((await runSonae(['clean', '--verify', bundle, ...flags])).stdout).toMatch(
      /original-host/,
    );
  });

  it('keeps the manifest of a bundle of sonae true', async () => {
    const root = mkdtempSync(join(work, 'root-'));
    mkdirSync(join(root, 'etc'), { recursive: true });
    for (const path of ['etc/hosts', 'etc/passwd', 'etc/cron.d/job']) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), files[path] ?? '');
    }
    writeFileSync(join(root, 'etc/hostname'), 'web01.corp.acme.co.jp\n');
    const out = mkdtempSync(join(work, 'collected-'));
    await runSonae(['collect', '--root', root, '--output', out, '--time-limit', '1m']);
    const name = readdirSync(out).find((file) => file.endsWith('.tar.zst')) ?? '';
    const run = await runSonae(['clean', join(out, name), '--json']);
    expect(run.exitCode).toBe(0);
    const { bundle } = JSON.parse(run.stdout) as { bundle: string };
    const cleaned = unpack(bundle);
    const manifest = JSON.parse(cleaned.read('sonae/manifest.json')) as {
      records: { path?: string; sha256?: string }[];
    };
    const hosts = manifest.records.find(({ path }) => path === 'etc/hosts');
    expect(hosts?.sha256).toBe(
      createHash('sha256').update(cleaned.read('etc/hosts')).digest('hex'),
    );
    expect(cleaned.all).not.toMatch(/web01|acme|tanaka|hunter22x/);
  });

  it('collects without names when asked to, with the same map as clean', async () => {
    const root = mkdtempSync(join(work, 'root-'));
    for (const path of ['etc/hosts', 'etc/passwd', 'etc/cron.d/job']) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), files[path] ?? '');
    }
    writeFileSync(join(root, 'etc/hostname'), 'web01.corp.acme.co.jp\n');
    const out = mkdtempSync(join(work, 'collected-'));
    const map = join(out, 'acme.map');
    const flags = ['--anonymize', '--map', map, '--keyword', 'Fuji', '--time-limit', '1m'];
    const run = await runSonae(['collect', '--root', root, '--output', out, ...flags]);
    expect(run.stderr).not.toContain('SECRETS MAY BE LEFT');
    const name = readdirSync(out).find((file) => file.endsWith('.tar.zst')) ?? '';
    const bundle = unpack(join(out, name));
    expect(name + bundle.all + bundle.names).not.toMatch(
      /web01|acme\.co|tanaka|hunter22x|Fuji|10\.1\.2\.3/,
    );
    expect((await runSonae(['clean', '--verify', join(out, name), '--map', map])).exitCode).toBe(0);
  });

  it('collects nothing when the map of aliases cannot be written', async () => {
    const out = mkdtempSync(join(work, 'collected-'));
    const flags = ['--anonymize', '--map', join(out, 'none/acme.map'), '--output', out];
    const root = mkdtempSync(join(work, 'root-'));
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/hostname'), 'web01.corp.acme.co.jp\n');
    const run = await runSonae(['collect', '--root', root, ...flags]);
    expect([2, 6]).toContain(run.exitCode);
    expect(run.stderr).toContain('none');
    expect(readdirSync(out)).toEqual([]);
  });

  it('leaves nothing behind when the bundle is damaged, and says what it is', async () => {
    const bundle = makeBundle(`${top}.tar.gz`);
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.subarray(0, bytes.length - 200));
    const run = await runSonae(['clean', bundle]);
    expect(run.exitCode).toBe(5);
    expect(readdirSync(dirname(bundle))).toEqual([`${top}.tar.gz`]);
    writeFileSync(bundle, 'no archive at all');
    expect((await runSonae(['clean', bundle])).exitCode).toBe(5);
    expect((await runSonae(['clean', join(work, 'none.tar.zst')])).exitCode).toBe(2);
    expect(existsSync(bundle)).toBe(true);
  });
});
