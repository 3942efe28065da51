import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { rhelReport } from '../builders/rhel-report.ts';
import { viewerFiles, viewerNames } from '../profile/viewer-paths.ts';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { differences, readings, see } from '../viewers/readings.ts';

const plugins =
  'block,cron,date,filesys,hardware,host,kernel,lvm2,memory,networking,process,processor,services,systemd';

// Whatever a reader can come upon: each name, what it is, and where a link leads.
function entriesOf(top: string): string[] {
  return execFileSync('find', ['.', '-printf', '%p %y %l\\n'], { cwd: top, encoding: 'utf8' })
    .split('\n')
    .sort();
}

function danglingIn(top: string): string[] {
  return execFileSync('find', ['.', '-xtype', 'l'], { cwd: top, encoding: 'utf8' })
    .split('\n')
    .sort();
}

// The form of a report: every line with its words and numbers of the same kind, whatever they are.
function formOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/[^\s;,=/|()]+/g, 'w').replace(/[ \t]+/g, ' '));
}

function unpacked(archive: string, flag: string): string {
  const folder = temporaryFolder('sos-unpacked');
  execFileSync('tar', [flag, '-xf', archive, '-C', folder]);
  return join(folder, readdirSync(folder)[0] ?? '');
}

async function cleaned(bundle: string, ...flags: string[]) {
  // By its bare name, as a person in that folder types it.
  const output = temporaryFolder('sos-clean');
  const args = ['clean', basename(bundle), '--output', output, ...flags];
  const run = await runSonae(args, { cwd: dirname(bundle), timeoutMs: 120_000 });
  expect(run.stderr).not.toMatch(/bug|sonae: /);
  const file = readdirSync(output).find((name) => name.endsWith('-clean.tar.zst')) ?? '';
  return { run, file: join(output, file), top: unpacked(join(output, file), '--zstd') };
}

describeWith(['sos', 'xz', 'zstd', 'tar'], 'a real report of sos', () => {
  let bundle: string;
  let before: string;
  beforeAll(() => {
    const place = temporaryFolder('sos');
    const args = ['report', '--batch', '-z', 'xz', '-o', plugins, '--tmp-dir', place];
    const run = spawnSync('sos', args, { encoding: 'utf8' });
    const name = readdirSync(place).find((one) => one.endsWith('.tar.xz'));
    if (name === undefined) throw new Error(`sos made no report: ${run.stdout}${run.stderr}`);
    bundle = join(place, name);
    before = unpacked(bundle, '--xz');
  }, 300_000);

  it('keeps every file, folder and link when only secrets are masked, and nearly every byte', async () => {
    const { run, file, top } = await cleaned(bundle, '--keep-names');
    expect(run.exitCode).toBe(0);
    const dropped = [...run.stderr.matchAll(/^left out [^/]+(\/\S+): /gm)].map(
      ([, path]) => `.${path}`,
    );
    const wanted = entriesOf(before).filter(
      (entry) => !dropped.includes(entry.split(' ')[0] ?? ''),
    );
    expect(entriesOf(top)).toEqual(wanted);
    const paths = wanted.filter((entry) => / f $/.test(entry)).map((entry) => entry.slice(0, -3));
    expect(paths.length).toBeGreaterThan(500);
    const changed = paths.filter(
      (path) => !readFileSync(join(before, path)).equals(readFileSync(join(top, path))),
    );
    // What a plain machine has: a key of the kernel, examples in configurations.
    expect(changed.length).toBeLessThan(10);
    expect(differences(see(before), see(top))).toEqual([]);
    expect((await runSonae(['clean', '--verify', file])).exitCode).toBe(0);
  }, 180_000);

  it('keeps what its viewers open when names are replaced, in a form that they can read', async () => {
    const map = join(temporaryFolder('sos-map'), 'map');
    const { run, file, top } = await cleaned(bundle, '--map', map);
    expect(run.exitCode).toBe(0);
    const names = [...viewerFiles, ...viewerNames, ...readdirSync(before)];
    const opened = names.filter((name) => existsSync(join(before, name)));
    expect(opened.length).toBeGreaterThan(20);
    expect(opened.filter((name) => !existsSync(join(top, name)))).toEqual([]);
    expect(danglingIn(top)).toEqual(danglingIn(before));
    for (const name of [
      'ip_addr',
      'free',
      'df',
      'ps',
      'uname',
      'lsmod',
      'mount',
      'proc/meminfo',
      'uptime',
    ]) {
      if (!existsSync(join(before, name))) continue;
      const [was, is] = [before, top].map((one) => readFileSync(join(one, name), 'utf8'));
      expect(formOf(is ?? ''), name).toEqual(formOf(was ?? ''));
    }
    expect(see(before).size).toBeGreaterThan(20);
    expect(differences(see(before), see(top))).toEqual([]);
    const reports = join(top, 'sos_reports');
    for (const name of readdirSync(reports).filter((one) => one.endsWith('.json')))
      expect(() => JSON.parse(readFileSync(join(reports, name), 'utf8')), name).not.toThrow();
    // The one reader of reports that is in Debian: sos takes it for one of its own, and finds the host by its alias.
    const place = temporaryFolder('sos-reads');
    const args = ['clean', '--batch', '--map', join(place, 'map'), '--tmp-dir', place, top];
    const read = spawnSync('sos', args, { encoding: 'utf8' });
    expect(read.stdout).toContain('Successfully obfuscated 1 report');
    const maps = readdirSync(place).filter((name) => name.endsWith('private_map'));
    const [host] = /(?<=^sosreport-)[^-]+/.exec(basename(top)) ?? [];
    expect(maps.map((name) => readFileSync(join(place, name), 'utf8')).join('')).toContain(
      `"${host}"`,
    );
    const verified = await runSonae(['clean', '--verify', file, '--map', map]);
    expect(verified.stdout).toMatch(/^No secret found/);
    expect(verified.exitCode).toBe(0);
  }, 180_000);
});

describeWith(['xz', 'zstd', 'tar'], 'a report of sos from a RHEL server', () => {
  it.each([
    ['only secrets are masked', ['--keep-names']],
    ['names are replaced', []],
  ])('shows its viewers the same when %s', async (_, flags) => {
    const name = 'sosreport-db01-01234567-2026-11-20-abcdefg';
    const place = temporaryFolder('rhel');
    const top = join(place, name);
    for (const [path, text] of Object.entries(rhelReport)) {
      mkdirSync(dirname(join(top, path)), { recursive: true });
      writeFileSync(join(top, path), text);
    }
    execFileSync('tar', ['-cJf', `${top}.tar.xz`, '-C', place, name]);
    const before = see(top);
    expect(before.size).toBeGreaterThan(readings.length * 0.8);
    const result = await cleaned(`${top}.tar.xz`, ...flags);
    expect(result.run.exitCode).toBe(0);
    expect(differences(before, see(result.top))).toEqual([]);
  });
});

it('a viewer that sees less, other values or muddled names is noticed', () => {
  const [reading] = readings.filter(({ paths }) => paths[0] === 'etc/passwd');
  const seen = (...finds: { kept: string[]; names: string[] }[]) =>
    new Map(reading === undefined ? [] : [[reading, finds]]);
  const root = { kept: ['x:0:0', '/bin/sh'], names: ['root'] };
  const tanaka = { kept: ['x:1:1', '/bin/sh'], names: ['tanaka'] };
  const [one, two] = [
    { ...tanaka, names: ['user1'] },
    { ...tanaka, names: ['user2'] },
  ];
  expect(differences(seen(root, tanaka), seen(root, one))).toEqual([]);
  expect(differences(seen(root, tanaka), seen(root))).toHaveLength(1);
  expect(differences(seen(root), seen({ ...root, kept: ['x:0:1', '/bin/sh'] }))).toHaveLength(1);
  expect(differences(seen(tanaka, tanaka), seen(one, two))).toHaveLength(1);
  expect(differences(seen(root, tanaka), seen(one, one))).not.toEqual([]);
  expect(differences(seen(root), new Map())).toHaveLength(1);
});
