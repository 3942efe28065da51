// npm run bench:inspect [DUMP...]: ours against `makedumpfile --dump-dmesg`, alternately, medians of wall time.
// Without arguments the real dumps of the tests, and a big sparse one made from the first of them.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildElf } from '../test/builders/build-elf.ts';
import { converted, hasMakedumpfile, hasRealDumps, realDump } from '../test/vmcore/real-dumps.ts';

const bin = fileURLToPath(new URL('../bin/sonae.js', import.meta.url));
const rounds = Number(process.env['ROUNDS'] ?? 7);
const work = mkdtempSync(join(tmpdir(), 'sonae-bench-'));

interface Run {
  readonly ms: number;
  readonly mib: number;
  readonly isGood: boolean;
}

/** One run of a command, its wall time and its peak memory by getrusage of the child. */
function run(argv: readonly string[]): Run {
  const [command = '', ...args] = argv;
  const started = performance.now();
  const child = spawnSync('/usr/bin/time', ['-f', '%M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const ms = performance.now() - started;
  const kib = Number(child.stderr.trim().split('\n').at(-1));
  return { ms, mib: kib / 1024, isGood: child.status === 0 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function measure(dump: string): void {
  const target = join(work, 'peer.txt');
  const commands: Readonly<Record<string, readonly string[]>> = {
    node: [process.execPath, bin, '--version'],
    dmesg: [process.execPath, bin, 'inspect', dump, '--dmesg', '--no-color'],
    page: [process.execPath, bin, 'inspect', dump],
    all: [process.execPath, bin, 'inspect', dump, '--tasks', '--backtraces', '--modules'],
    ...(hasMakedumpfile && { peer: ['makedumpfile', '--dump-dmesg', dump, target] }),
  };
  const results = new Map<string, Run[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of Object.entries(commands)) {
      rmSync(target, { force: true });
      results.set(name, [...(results.get(name) ?? []), run(argv)]);
    }
  }
  const ms = (name: string) => median((results.get(name) ?? []).map((result) => result.ms));
  const cells = ['node', 'dmesg', 'page', 'all'].map((name) => {
    const peak = Math.max(...(results.get(name) ?? []).map(({ mib }) => mib));
    return `${name} ${ms(name).toFixed(0)} ms ${peak.toFixed(0)} MiB`;
  });
  const isPeer = results.get('peer')?.every(({ isGood }) => isGood) ?? false;
  const peer = isPeer
    ? `makedumpfile ${ms('peer').toFixed(0)} ms, ours/theirs ${(ms('dmesg') / ms('peer')).toFixed(2)}`
    : 'makedumpfile refuses it';
  const size = `${(statSync(dump).size / 2 ** 20).toFixed(0)} MiB`;
  console.log(`${basename(dump)} (${size}): ${cells.join(', ')}; ${peer}`);
}

/** An ELF dump of `gib` GiB: a real kernel's memory below, and a hole on disk above that reads as zeroes. */
function bigDump(gib: number): string {
  const path = join(work, `sparse-${gib}GiB.elf`);
  const file = openSync(path, 'w');
  const size = gib * 2 ** 30;
  writeSync(
    file,
    buildElf({ segments: [{ physical: 0, bytes: Buffer.alloc(4096), memorySize: size }] }),
  );
  ftruncateSync(file, size);
  closeSync(file);
  return path;
}

try {
  const given = process.argv.slice(2);
  const name = 'x86_64-6.1-null.kdump-none-d31';
  const own = hasRealDumps
    ? [
        realDump(name),
        ...(hasMakedumpfile
          ? [...converted(name, 'zlib'), ...converted(name, 'lzo'), ...converted(name, 'flattened')]
          : []),
        realDump('x86_64-6.12-null.kdump-none-d31'),
        realDump('x86_64-5.10-sysrq.kdump-none-d31'),
        realDump('x86_64-6.1cloud-init.qemu-elf'),
        realDump('arm64-6.1-sysrq.qemu-elf'),
        // No kernel inside: what the search for one costs at most.
        bigDump(64),
      ]
    : [];
  for (const dump of given.length > 0 ? given : own) if (existsSync(dump)) measure(dump);
} finally {
  rmSync(work, { recursive: true });
}
