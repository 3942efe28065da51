import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { viewerFiles, viewerNames } from '../profile/viewer-paths.ts';
import { describeWith } from '../require-tool.ts';
import { runSonae } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';

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

describeWith(['sos', 'xz', 'zstd', 'tar'], 'a real report of sos', () => {
  let bundle: string;
  let before: string;
  const unpacked = (archive: string, flag: string): string => {
    const folder = temporaryFolder('sos-unpacked');
    execFileSync('tar', [flag, '-xf', archive, '-C', folder]);
    return join(folder, readdirSync(folder)[0] ?? '');
  };
  const cleaned = async (...flags: string[]) => {
    // By its bare name, as a person in that folder types it.
    const output = temporaryFolder('sos-clean');
    const args = ['clean', basename(bundle), '--output', output, ...flags];
    const run = await runSonae(args, { cwd: dirname(bundle), timeoutMs: 120_000 });
    expect(run.stderr).not.toMatch(/bug|sonae: /);
    const file = readdirSync(output).find((name) => name.endsWith('-clean.tar.zst')) ?? '';
    return { run, file: join(output, file), top: unpacked(join(output, file), '--zstd') };
  };

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
    const { run, file, top } = await cleaned('--keep-names');
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
    expect((await runSonae(['clean', '--verify', file])).exitCode).toBe(0);
  }, 180_000);

  it('keeps what its viewers open when names are replaced, in a form that they can read', async () => {
    const map = join(temporaryFolder('sos-map'), 'map');
    const { run, file, top } = await cleaned('--map', map);
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
    const reports = join(top, 'sos_reports');
    for (const name of readdirSync(reports).filter((one) => one.endsWith('.json')))
      expect(() => JSON.parse(readFileSync(join(reports, name), 'utf8')), name).not.toThrow();
    const verified = await runSonae(['clean', '--verify', file, '--map', map]);
    expect(verified.stdout).toMatch(/^No secret found/);
    expect(verified.exitCode).toBe(0);
  }, 180_000);
});
