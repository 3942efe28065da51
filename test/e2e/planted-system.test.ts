import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../src/model/bundle.ts';
import { bin, runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// The machine as it is, but for /etc and /var/log: in a mount namespace of its own they are copies in memory. What is
// planted there was never on the disk, and is gone with the last process of the namespace, however it ends.
const stage = `
set -e
mount -t tmpfs -o size=256m,mode=700 sonae-planted "$1"
mkdir "$1/etc" "$1/log"
cp -a /etc/. "$1/etc/"
cp -a "$2/etc/." "$1/etc/"
cp -a "$2/log/." "$1/log/"
mount --bind "$1/etc" /etc
mount --bind "$1/log" /var/log
shift 2
exec "$@"
`;
const inStage = (mountPoint: string, planted: string, argv: readonly string[]) =>
  [
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    stage,
    'stage',
    mountPoint,
    planted,
    ...argv,
  ] as const;

const canStage =
  process.getuid?.() === 0 &&
  spawnSync('unshare', inStage(temporaryFolder('probe'), emptyPlant(), ['true'])).status === 0;

function emptyPlant(): string {
  const folder = temporaryFolder('probe-plant');
  mkdirSync(join(folder, 'etc'));
  mkdirSync(join(folder, 'log'));
  return folder;
}

if (!canStage) process.stderr.write('SKIPPED without root and mount namespaces: planted secrets\n');

const secrets: string[] = [];

// A new one each time, so that nothing else on the machine can hold it.
function secret(): string {
  const value = `Zq${secrets.length}x${randomBytes(6).toString('hex')}W`;
  secrets.push(value);
  return value;
}

// What administrators have in /etc; the name of each file is one that profiles collect.
const etc: Readonly<Record<string, () => string>> = {
  'systemd/system/planted.service': () =>
    `[Service]\nEnvironment=DB_PASSWORD=${secret()}\nEnvironment="API_KEY=${secret()}" "PORT=80"\nExecStart=/opt/app --token ${secret()} --port 80\nExecStartPre=/usr/bin/curl -u admin:${secret()} https://h/\n`,
  'cron.d/planted': () =>
    `0 3 * * * root mysqldump -u root -p${secret()} --all-databases > /x\n5 3 * * * root curl -H "Authorization: Bearer ${secret()}" https://h/\n6 3 * * * root echo '${secret()}' | sudo -S true\n`,
  crontab: () => `0 4 * * * root RESTIC_PASSWORD=${secret()} restic backup /etc\n`,
  environment: () => `http_proxy="http://bob:${secret()}@proxy:3128"\nVAULT_TOKEN=${secret()}\n`,
  'default/planted': () => `API_TOKEN=${secret()}\nOPTS="--db-password=${secret()}"\n`,
  fstab: () =>
    `//s/share /mnt cifs username=bob,password=${secret()},uid=0 0 0\n//s/b /b cifs credentials=/root/.cred 0 0\n`,
  'apt/apt.conf.d/90planted': () => `Acquire::http::Proxy "http://u:${secret()}@proxy:3128/";\n`,
  'apt/sources.list.d/planted.list': () =>
    `# deb https://user:${secret()}@repo.example/debian stable main\n`,
  'apt/auth.conf': () => `machine repo.example login bob password ${secret()}\n`,
  'yum.repos.d/planted.repo': () =>
    `[x]\nbaseurl=https://bob:${secret()}@repo.example/\nproxy_password=${secret()}\n`,
  netrc: () => `machine h.example login bob password ${secret()}\n`,
  'wpa_supplicant/wpa_supplicant.conf': () =>
    `network={\n  ssid="x"\n  psk="${secret()}"\n  password="${secret()}"\n}\n`,
  'NetworkManager/system-connections/x.nmconnection': () => `[wifi-security]\npsk=${secret()}\n`,
  'ppp/chap-secrets': () => `bob * "${secret()}" *\n`,
  'snmp/snmpd.conf': () =>
    `rocommunity ${secret()} 10.0.0.0/8\ncreateUser bob SHA "${secret()}" AES "${secret()}"\n`,
  'sysctl.d/planted.conf': () => `# kernel.core_pattern = |/usr/bin/up --token ${secret()} %p\n`,
  'ldap/ldap.conf': () => `bindpw ${secret()}\n`,
  'sssd/sssd.conf': () => `[domain/x]\nldap_default_authtok = ${secret()}\n`,
  'krb5.conf.d/planted': () => `[x]\n  admin_password = ${secret()}\n`,
  'rsyslog.d/planted.conf': () =>
    `module(load="omelasticsearch")\naction(type="omelasticsearch" uid="u" pwd="${secret()}")\n`,
  'samba/smb.conf': () => `[global]\n  ldap admin password = ${secret()}\n`,
  'keepalived/keepalived.conf': () =>
    `authentication {\n  auth_type PASS\n  auth_pass ${secret()}\n}\n`,
  'haproxy/haproxy.cfg': () => `  stats auth admin:${secret()}\n`,
  'iscsi/iscsid.conf': () => `node.session.auth.password = ${secret()}\n`,
  'pacemaker/planted.xml': () => `<nvpair id="a" name="passwd" value="${secret()}"/>\n`,
  'planted/app.yaml': () => `db:\n  password: |\n    ${secret()}\n  tokens:\n    - ${secret()}\n`,
  'planted/app.json': () =>
    `{"log": "{\\"db_password\\":\\"${secret()}\\"}", "apiKey": "${secret()}"}\n`,
  'planted/key.pem': () =>
    `-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA${secret()}\n-----END RSA PRIVATE KEY-----\n`,
  [`planted/token=${secret()}`]: () => 'a secret in a name\n',
};

const logs: Readonly<Record<string, () => string | Buffer>> = {
  syslog: () => `Nov 24 10:00:00 h app[1]: login password=${secret()} ok\n`,
  'syslog.2.gz': () => gzipSync(`Nov 22 10:00:00 h sudo: COMMAND=/usr/bin/mysql -p${secret()}\n`),
  'auth.log': () => `Nov 24 10:00:00 h app[1]: config={'password': '${secret()}'}\n`,
};

// Real processes with real arguments; their names are those of the clients.
const processes: readonly (readonly [name: string, argv: () => readonly string[]])[] = [
  ['mysql', () => ['-u', 'root', `-p${secret()}`, 'app']],
  ['curl', () => ['-u', `admin:${secret()}`, 'https://h/']],
  ['app', () => ['--token', secret(), `--db-password=${secret()}`, '--port', '80']],
  ['app', () => ['--header', `Authorization: Bearer ${secret()}`]],
  ['ipmitool', () => ['-H', '10.0.0.5', '-U', 'ADMIN', '-P', secret()]],
];

describe.skipIf(!canStage)('secrets planted in the running system', () => {
  const children: ChildProcess[] = [];
  let place: string;
  let folder: string;
  let manifest: BundleManifest;
  let said: string;
  let exitCode: number | null;

  beforeAll(() => {
    const planted = emptyPlant();
    const plant = (part: string, files: Readonly<Record<string, () => string | Buffer>>) => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(planted, part, path)), { recursive: true });
        writeFileSync(join(planted, part, path), text());
      }
    };
    plant('etc', etc);
    plant('log', logs);
    for (const [argv0, argv] of processes) {
      const waits = 'setTimeout(() => undefined, 300_000)';
      children.push(
        spawn(process.execPath, ['-e', waits, '--', ...argv()], {
          argv0,
          stdio: 'ignore',
          env: { ...process.env, APP_PASSWORD: secret() },
        }),
      );
    }
    place = temporaryFolder('planted-out');
    const profile = join(place, 'all-of-etc.yaml');
    writeFileSync(
      profile,
      `apiVersion: sonae/v1\nkind: Profile\nname: all-of-etc\ngroup: set\ntitle: All of etc.\nwhy: To see that all of it is masked.\nitems:\n  - {id: test.etc, what: Files., why: Whatever others leave out., read: [/etc, /var/log], limits: {files: 20000}}\n`,
    );
    const flags = ['--profile', 'full', '--profile', profile, '--output', place];
    const collect = [process.execPath, bin, 'collect', ...flags];
    const run = spawnSync('unshare', inStage(temporaryFolder('stage'), planted, collect), {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    });
    ({ status: exitCode } = run);
    said = run.stdout + run.stderr;
    const name = readdirSync(place).find((one) => one.endsWith('.tar.zst')) ?? '';
    if (name === '') throw new Error(`no bundle: ${said}`);
    folder = temporaryFolder('planted-in');
    execFileSync('tar', ['--zstd', '-xf', join(place, name), '-C', folder]);
    const [top = ''] = readdirSync(folder);
    manifest = JSON.parse(readFileSync(join(folder, top, 'sonae/manifest.json'), 'utf8'));
  }, 300_000);

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  it('are in none of the files, names, links or messages of the bundle', () => {
    expect(secrets.length).toBeGreaterThan(50);
    const list = join(temporaryFolder('patterns'), 'secrets');
    writeFileSync(list, `${secrets.join('\n')}\n`);
    const grep = (args: readonly string[]) =>
      spawnSync('grep', [...args, '-F', '-f', list], { encoding: 'utf8', cwd: folder }).stdout;
    expect(grep(['-raoh', '.'])).toBe('');
    const names = execFileSync('find', ['.', '-printf', '%p %l\\n'], {
      cwd: folder,
      encoding: 'utf8',
    });
    for (const one of secrets) {
      expect(names).not.toContain(one);
      expect(said).not.toContain(one);
    }
  });

  it('were there to be found: each planted file was masked, or is one that is never taken', () => {
    const recordOf = (path: string) =>
      manifest.records.find(({ source }) => source && 'file' in source && source.file === path);
    for (const path of Object.keys(etc).map((name) => `/etc/${name}`)) {
      if (path.includes('token=')) continue;
      const record = recordOf(path);
      const isNeverTaken =
        record?.state === 'skipped' && /never collected/.test(record.reason ?? '');
      expect(
        isNeverTaken || record?.masked !== undefined,
        `${path}: ${JSON.stringify(record)}`,
      ).toBe(true);
    }
    for (const path of Object.keys(logs))
      expect(recordOf(`/var/log/${path}`)?.masked, path).toBeDefined();
    const ps = manifest.records.find(({ path }) => path?.endsWith('/ps_auxwwwm'));
    expect(
      Object.values(ps?.masked ?? {}).reduce((sum, count) => sum + count, 0),
    ).toBeGreaterThanOrEqual(processes.length);
  });

  it('leave a bundle that verifies clean, and so does what `clean` makes of it', async () => {
    expect(said).not.toContain('SECRETS MAY BE LEFT');
    expect([0, 3]).toContain(exitCode);
    const bundle = join(place, readdirSync(place).find((name) => name.endsWith('.tar.zst')) ?? '');
    const verified = await runSonae(['clean', '--verify', bundle]);
    expect(verified.stdout).toMatch(/^No secret found in/);
    expect(verified.exitCode).toBe(0);
    const map = join(place, 'x.map');
    const cleaned = await runSonae(['clean', bundle, '--map', map, '--json']);
    expect(cleaned.exitCode).toBe(0);
    const result = (JSON.parse(cleaned.stdout) as { bundle: string }).bundle;
    expect((await runSonae(['clean', '--verify', result, '--map', map])).exitCode).toBe(0);
  }, 120_000);

  it('were never on the machine itself', () => {
    expect(spawnSync('grep', ['-rl', secrets[0] ?? '', '/etc']).stdout.toString()).toBe('');
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain('sonae-planted');
  });
});
