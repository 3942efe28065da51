import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildElfDump, buildKernel } from '../builders/build-dump.ts';
import { buildKdump } from '../builders/build-kdump.ts';
import { type JsonSchema, schemaProblems } from '../json-schema.ts';
import { runSonae } from '../run-sonae.ts';
import { hasRealDumps, realDump, trueLog } from '../vmcore/real-dumps.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../docs/formats/inspect-report.schema.json', import.meta.url), 'utf8'),
) as JsonSchema;

const messages = [
  { text: 'Linux version 6.1.0-test (builder)', microseconds: 0, level: 5 },
  { text: 'Kernel command line: root=/dev/sda1 password=hunter2hunter2', microseconds: 1 },
  { text: 'EXT4-fs error (device sda1): bad block', microseconds: 2_000_000, level: 2 },
  { text: 'sysrq: Trigger a crash', microseconds: 30_000_000, level: 6 },
  { text: 'Kernel panic - not syncing: sysrq triggered crash', microseconds: 30_000_001, level: 0 },
  { text: 'Modules linked in: nvidia(POE) ext4 mbcache', microseconds: 30_000_002 },
  { text: 'CPU: 0 PID: 413 Comm: \x1b[31msh Not tainted 6.1.0-test #1', microseconds: 30_000_002 },
];

const { image, info } = buildKernel(messages);
const pages = image.pages();
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonae-inspect-'));
  writeFileSync(at('vmcore'), buildElfDump(messages));
  const kdump = buildKdump({ pages, vmcoreInfo: info, compression: 'lzo' });
  writeFileSync(at('kdump'), kdump);
  writeFileSync(at('cut'), kdump.subarray(0, -5000));
  writeFileSync(at('empty'), '');
  writeFileSync(at('text'), 'hello there, this is no dump at all');
  writeFileSync(at('vmcore.gz'), gzipSync(kdump));
  for (const [index, part] of [
    { start: 0, end: 5 },
    { start: 5, end: 100 },
  ].entries()) {
    const frames = 100;
    writeFileSync(at(`part${index}`), buildKdump({ pages, vmcoreInfo: info, part, frames }));
  }
  mkdirSync(at('crash'));
  writeFileSync(at('crash/vmcore-incomplete'), kdump.subarray(0, 4096));
  writeFileSync(
    at('crash/vmcore-dmesg.txt'),
    messages
      .map(
        ({ text, microseconds }) => `[${(microseconds / 1e6).toFixed(6).padStart(12)}] ${text}\n`,
      )
      .join(''),
  );
  writeFileSync(at('crash/kexec-dmesg.log'), 'makedumpfile Failed.\ncp: No space left on device\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('sonae inspect', () => {
  it.each(['vmcore', 'kdump'])('%s: the page', async (name) => {
    const run = await runSonae(['inspect', at(name)]);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(
      /^crash triggered by hand \(SysRq\)\nclass sysrq, signature v1:[0-9a-f]{16}/,
    );
    expect(run.stdout).toContain('2026-11-23 16:45:46 UTC');
    expect(run.stdout).toContain('file system error');
    expect(run.stdout).toContain('Somebody or a script asked for the crash');
    expect(run.stdout).toContain('crash VMLINUX ');
    expect(run.stdout).toMatch(/by the log\)\n {2}- nvidia \(POE\)\n/);
    expect(run.stdout).not.toContain('\x1b');
  });

  it('--dmesg: the log alone, safe for a terminal', async () => {
    const run = await runSonae(['inspect', at('kdump'), '--dmesg']);
    expect(run.exitCode).toBe(0);
    expect(run.stdout.split('\n')).toHaveLength(messages.length);
    expect(run.stdout).toContain(
      '[   30.000001] Kernel panic - not syncing: sysrq triggered crash',
    );
    expect(run.stdout).toContain('Comm: \\x1b[31msh');
  });

  it.each([[], ['--dmesg']])('--json %s fits its schema', async (...flags) => {
    const run = await runSonae(['inspect', at('kdump'), '--json', ...flags]);
    expect(run.exitCode).toBe(0);
    const report: unknown = JSON.parse(run.stdout);
    expect(schemaProblems(report, schema)).toEqual([]);
    expect(report).toMatchObject({ crash: { value: { crashClass: 'sysrq' } } });
  });

  it('--markdown: a page for a ticket', async () => {
    const run = await runSonae(['inspect', at('kdump'), '--markdown']);
    expect(run.stdout).toMatch(/^# crash triggered by hand/);
    expect(run.stdout).toContain('## What to look at next');
  });

  it('--redact masks secrets', async () => {
    const plain = await runSonae(['inspect', at('kdump'), '--dmesg']);
    expect(plain.stdout).toContain('hunter2hunter2');
    const masked = await runSonae(['inspect', at('kdump'), '--dmesg', '--redact']);
    expect(masked.exitCode).toBe(0);
    expect(masked.stdout).not.toContain('hunter2hunter2');
    expect(masked.stdout).toContain('Kernel panic');
    const json = await runSonae(['inspect', at('kdump'), '--json', '--dmesg', '--redact']);
    expect(json.stdout).not.toContain('hunter2hunter2');
    expect(schemaProblems(JSON.parse(json.stdout), schema)).toEqual([]);
  });

  it('--read shows memory, and says where there is none', async () => {
    const run = await runSonae(['inspect', at('kdump'), '--read', '0xffffffff80001000']);
    expect(run.stdout).toMatch(/^0xffffffff80001000 {2}4c 69 6e 75 78 00 .* Linux\./);
    const none = await runSonae(['inspect', at('kdump'), '--read', 'ffffc90000000000']);
    expect(none.stdout).toContain('no memory');
    expect(none.exitCode).toBe(3);
    const wrong = await runSonae(['inspect', at('kdump'), '--read', 'somewhere']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('hexadecimal');
  });

  it('a look-up with --json is JSON, and one that finds nothing does not end with 0', async () => {
    const run = await runSonae(['inspect', at('kdump'), '--symbol', 'no_such_name', '--json']);
    expect(run.exitCode).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject({ isFound: false });
    const read = await runSonae(['inspect', at('kdump'), '--read', '0xffffffff80001000', '--json']);
    expect(read.exitCode).toBe(0);
    expect(JSON.parse(read.stdout)).toMatchObject({ isFound: true });
  });

  it('a second file that is no part is named as not used, and not given to crash', async () => {
    const run = await runSonae(['inspect', at('kdump'), at('vmcore')]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('1 of the 2 files are not part of');
    expect(run.stdout).not.toContain('parts are missing');
    expect(run.stdout).toMatch(new RegExp(`crash \\S+ ${at('kdump')}$`, 'm'));
  });

  it('finds all parts of a split set in a folder, and reassembles them for drgn', async () => {
    const folder = at('parts');
    mkdirSync(folder);
    for (const part of ['0', '1']) copyFileSync(at(`part${part}`), join(folder, `vmcore${part}`));
    const run = await runSonae(['inspect', folder]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('crash triggered by hand');
    expect(run.stdout).toMatch(/makedumpfile --reassemble \S+\/vmcore\d \S+\/vmcore\d vmcore$/m);
    expect(run.stdout).toMatch(/drgn -c vmcore /);
  });

  it('joins a split set, and says what a part alone lacks', async () => {
    const both = await runSonae(['inspect', at('part1'), at('part0')]);
    expect(both.exitCode).toBe(0);
    expect(both.stdout).toContain('crash triggered by hand');
    const one = await runSonae(['inspect', at('part1')]);
    expect(one.exitCode).toBe(3);
    expect(one.stdout).toContain('Parts of the split set are missing: frames 0 to 5.');
  });

  it('reads a chunk set that was not joined, whole and with a chunk missing', async () => {
    const set = at('set');
    const split = await runSonae(['split', at('vmcore'), '--output', set, '--quiet']);
    expect(split.exitCode).toBe(0);
    expect(readFileSync(join(set, 'inspect.txt'), 'utf8')).toContain('crash triggered by hand');
    const verified = await runSonae(['verify', set]);
    expect(verified.exitCode).toBe(0);
    const whole = await runSonae(['inspect', set]);
    expect(whole.exitCode).toBe(0);
    expect(whole.stdout).toContain('crash triggered by hand');
    expect(whole.stdout).toMatch(/sonae join \S+\n +crash \S+ vmcore\n/);
    const chunk = await runSonae(['inspect', join(set, 'vmcore.zst.000')]);
    expect(chunk.stdout).toContain('one chunk of a set');
    rmSync(join(set, 'vmcore.zst.000'));
    const partial = await runSonae(['inspect', set]);
    expect([3, 5]).toContain(partial.exitCode);
    expect(partial.stdout).toContain('1 of 1 chunks are missing');
  });

  it('looks into a crash folder: the saved log tells what the cut dump does not', async () => {
    const run = await runSonae(['inspect', at('crash')]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('crash triggered by hand');
    expect(run.stdout).toMatch(/complete +NO/);
    expect(run.stderr).toContain('ran out of space');
  });

  it('says how much of a long saved log was not read', async () => {
    const folder = at('long-log');
    mkdirSync(folder);
    copyFileSync(at('cut'), join(folder, 'vmcore'));
    const line = '[    1.000000] the same line again and again, to make the log long\n';
    writeFileSync(join(folder, 'vmcore-dmesg.txt'), line.repeat(80_000));
    const run = await runSonae(['inspect', folder]);
    expect(run.stdout).toMatch(/only the last 4\.0 MiB were read: the first 1\.\d MiB/);
  });

  it('says when a dump is cut off', async () => {
    const run = await runSonae(['inspect', at('cut')]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('The file is cut off');
  });

  it('says what to do with a compressed file', async () => {
    const run = await runSonae(['inspect', at('vmcore.gz')]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('gzip -dc FILE > vmcore');
  });

  it.each([
    ['empty', 5, 'The file is empty'],
    ['text', 5, 'match no dump format'],
  ])('%s ends with %i', async (name, code, words) => {
    const run = await runSonae(['inspect', at(name)]);
    expect(run.exitCode).toBe(code);
    expect(run.stdout).toContain(words);
    const log = await runSonae(['inspect', at(name), '--dmesg']);
    expect(log.exitCode).toBe(5);
    expect(log.stderr).toContain('no kernel log');
  });

  it.each([
    [['inspect'], 2, 'missing required argument'],
    [['inspect', '/nonexistent/vmcore'], 2, 'cannot open /nonexistent/vmcore: no such file'],
    [['inspect', '/dev/null'], 2, 'not a regular file'],
  ])('%j ends with %i', async (args, code, words) => {
    const run = await runSonae(args as string[]);
    expect(run.exitCode).toBe(code);
    expect(run.stderr).toContain(words);
  });
});

describe.runIf(hasRealDumps)('sonae inspect on a real dump', () => {
  const name = 'x86_64-6.1-null.kdump-none-d31';

  it('prints the log of the reference', async () => {
    const run = await runSonae(['inspect', realDump(name), '--dmesg']);
    expect(`${run.stdout}\n`).toBe(trueLog(name));
  });

  it('prints everything, and as JSON that fits its schema', async () => {
    const all = ['--tasks', '--backtraces', '--modules'];
    const run = await runSonae(['inspect', realDump(name), ...all]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^ +94\* +94 +1 +0 +R .* insmod$/m);
    expect(run.stdout).toMatch(/^ +labcrash +28672 +loading +OE/m);
    const json = await runSonae(['inspect', realDump(name), '--json']);
    expect(schemaProblems(JSON.parse(json.stdout), schema)).toEqual([]);
  });

  it('looks up symbols both ways', async () => {
    const byName = await runSonae(['inspect', realDump(name), '--symbol', 'panic']);
    expect(byName.stdout).toBe('0xffffffff999f6bd7  panic');
    const byAddress = await runSonae(['inspect', realDump(name), '--symbol', 'ffffffff999f6ec0']);
    expect(byAddress.stdout).toBe('0xffffffff999f6ec0  panic+0x2e9');
  });
});
