// npm run bench:split -- [--input DUMP] [--runs N] [--folder DIR] [--only split,verify,join,encrypted,sparse] [--peers today,...]
//
// Runs sonae and what people use instead alternately on the same raw dump and prints medians and ratios. Without --input
// it makes a memory-like file of 2.5 GiB. sonae runs as it is installed (compiled), at normal priority like its peers.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { installCheckout } from './install-checkout.ts';
import { makeMemoryLikeFile } from './memory-like-file.ts';

const { values } = parseArgs({
  options: {
    input: { type: 'string' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    only: { type: 'string', default: 'split,verify,join,encrypted,sparse' },
  },
});
const runs = Number(values.runs);
const cores = availableParallelism();
const work = mkdtempSync(join(values.folder, 'sonae-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly rssMib: number;
}

/** Wall and CPU seconds and peak memory of one shell line, by /usr/bin/time. */
function measure(line: string): Cost {
  const file = join(work, 'time');
  const { status, stderr } = spawnSync(
    '/usr/bin/time',
    ['-o', file, '-f', '%e %U %S %M', 'sh', '-c', line],
    { cwd: work, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  const [wall = 0, user = 0, system = 0, kib = 0] = readFileSync(file, 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  return { wall, cpu: user + system, rssMib: kib / 1024 };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

interface Contestant {
  readonly name: string;
  readonly line: string;
  /** What must not be there before a run. */
  readonly leaves: readonly string[];
  /** Wall at most this share of the contestant's: the goal. */
  readonly goal?: number;
}

/** Runs all alternately; prints medians, and the ratio of each pair of neighbours' medians against ours. */
function compete(title: string, ours: Contestant, peers: readonly Contestant[]): Map<string, Cost> {
  const costs = new Map<string, Cost[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const { name, line, leaves } of [ours, ...peers]) {
      for (const leaf of leaves) rmSync(join(work, leaf), { recursive: true, force: true });
      costs.set(name, [...(costs.get(name) ?? []), measure(line)]);
    }
  }
  const medians = new Map(
    [...costs].map(([name, list]) => [
      name,
      {
        wall: median(list.map(({ wall }) => wall)),
        cpu: median(list.map(({ cpu }) => cpu)),
        rssMib: Math.max(...list.map(({ rssMib }) => rssMib)),
      },
    ]),
  );
  console.log(`\n${title}: medians of ${runs}, alternating`);
  console.log(`${''.padEnd(42)}   wall     cpu   RSS MiB   wall ours/peer (goal)   cpu ours/peer`);
  const own = medians.get(ours.name);
  for (const { name, goal } of [ours, ...peers]) {
    const cost = medians.get(name);
    if (cost === undefined || own === undefined) continue;
    // Ratio of the runs that stood next to each other: what the machine did meanwhile hits both.
    const pairs = (costs.get(ours.name) ?? []).map(
      ({ wall }, index) => wall / (costs.get(name)?.[index]?.wall ?? Number.NaN),
    );
    const ratio =
      name === ours.name
        ? ''
        : `${median(pairs).toFixed(2)}${goal === undefined ? '' : ` (${goal.toFixed(2)})`}`.padEnd(
            24,
          ) + (own.cpu / cost.cpu).toFixed(2);
    console.log(
      `${name.padEnd(42)}${cost.wall.toFixed(2).padStart(6)} s ${cost.cpu.toFixed(2).padStart(6)} s ${cost.rssMib.toFixed(0).padStart(8)}   ${ratio}`,
    );
  }
  return medians;
}

function sizeOf(folder: string, pattern: RegExp): number {
  return readdirSync(join(work, folder))
    .filter((name) => pattern.test(name))
    .reduce((sum, name) => sum + statSync(join(work, folder, name)).size, 0);
}

const input = values.input ?? join(work, 'dump');
if (values.input === undefined) makeMemoryLikeFile(input, 2.5 * 1024 ** 3);
// Started as people start it: through its first line, with the flags that stand there.
const sonae = `PATH=${dirname(process.execPath)}:$PATH ${await installCheckout(join(work, 'sonae'))}`;
const split = `${sonae} split ${input} --name dump --size 512M --priority normal --quiet`;
const pipe = `zstd -q -T0 -3 -c ${input} | split -b 512M - peer/OUT.`;
console.log(
  `${input}: ${statSync(input).size} bytes, ${cores} processors, Node ${process.version}`,
);
execFileSync('cat', [input], { stdio: 'ignore' });

const prepare = () => {
  rmSync(join(work, 'ours'), { recursive: true, force: true });
  rmSync(join(work, 'peer'), { recursive: true, force: true });
  mkdirSync(join(work, 'peer'));
  measure(`${split} --output ours`);
  measure(pipe);
  const digest = execFileSync('sha256sum', [input], { encoding: 'utf8' }).split(' ')[0];
  execFileSync('sh', ['-c', 'sha256sum OUT.* > SUMS'], { cwd: join(work, 'peer') });
  writeFileSync(join(work, 'peer', 'ORIGINAL'), digest ?? '');
};

if (values.only.includes('split')) {
  const fresh = 'rm -rf peer && mkdir peer && ';
  const peer = (name: string, line: string, goal: number): Contestant => ({
    name,
    line: fresh + line,
    leaves: [],
    goal,
  });
  const medians = compete(
    'split',
    { name: 'sonae split (default level)', line: `${split} --output ours`, leaves: ['ours'] },
    [
      {
        name: 'sonae split --level 1',
        line: `${split} --level 1 --output ours1`,
        leaves: ['ours1'],
      },
      peer('zstd -T0 -3 | split; sha256sum', `${pipe}; sha256sum ${input} peer/OUT.*`, 0.33),
      peer(
        'zstd -T0 -3 | split & openssl; openssl',
        `openssl dgst -sha256 ${input} & ${pipe}; openssl dgst -sha256 peer/OUT.*; wait`,
        0.95,
      ),
      peer('zstd -T0 -3 | split, no digests', pipe, 1.15),
    ],
  );
  const packed = [1, 2].map(() => measure(`zstd -q -T1 -3 -c ${input} > /dev/null`).cpu);
  const hashed = [1, 2].map(() => measure(`openssl dgst -sha256 ${input} peer/OUT.*`).cpu);
  const limit = (median(packed) + median(hashed)) / cores;
  const own = medians.get('sonae split (default level)')?.wall ?? Number.NaN;
  console.log(
    `limit of the machine: (${median(packed).toFixed(2)} + ${median(hashed).toFixed(2)}) / ${cores} = ${limit.toFixed(2)} s; ours ${(own / limit).toFixed(2)} of it (1.10)`,
  );
  const theirs = sizeOf('peer', /^OUT/);
  for (const [what, folder] of [
    ['default level', 'ours'],
    ['--level 1', 'ours1'],
  ] as const) {
    const size = sizeOf(folder, /\.zst\.\d+$/);
    console.log(`size, ${what}: ${size} = ${(size / theirs).toFixed(4)} of zstd -3 (${theirs})`);
  }
}

if (values.only.includes('verify')) {
  prepare();
  compete('verify', { name: 'sonae verify', line: `${sonae} verify ours --quiet`, leaves: [] }, [
    {
      name: 'sha256sum -c; cat | zstd -d | sha256sum',
      line: 'cd peer && sha256sum -c SUMS && cat OUT.* | zstd -q -d | sha256sum',
      leaves: [],
      goal: 0.3,
    },
    {
      name: 'openssl; cat | zstd -d | openssl',
      line: 'cd peer && openssl dgst -sha256 OUT.* && cat OUT.* | zstd -q -d | openssl dgst -sha256',
      leaves: [],
      goal: 0.9,
    },
  ]);
}

if (values.only.includes('join')) {
  prepare();
  compete(
    'join',
    { name: 'sonae join', line: `${sonae} join ours --output joined --quiet`, leaves: ['joined'] },
    [
      {
        name: 'cat | zstd -d > FILE',
        line: 'cat peer/OUT.* | zstd -q -d > restored',
        leaves: ['restored'],
        goal: 0.6,
      },
    ],
  );
  execFileSync('cmp', [input, join(work, 'joined')]);
  rmSync(join(work, 'joined'));
  rmSync(join(work, 'restored'));
}

if (values.only.includes('encrypted')) {
  const key = join(work, 'key.txt');
  execFileSync('age-keygen', ['-o', key], { stdio: 'ignore' });
  const recipient = /age1\w+/.exec(readFileSync(key, 'utf8'))?.[0] ?? '';
  const sealed = `zstd -q -T0 -3 -c ${input} | age -r ${recipient} | split -b 512M - sealed/OUT.`;
  const toAge = `${split} --encrypt-to ${recipient} --output ours.age`;
  compete(
    'split, encrypted',
    { name: 'sonae split --encrypt-to age1...', line: toAge, leaves: ['ours.age'] },
    [
      { name: 'sonae split', line: `${split} --output ours`, leaves: ['ours'] },
      {
        name: 'zstd -T0 -3 | age | split, no digests',
        line: `rm -rf sealed && mkdir sealed && ${sealed}`,
        leaves: [],
      },
      {
        name: 'the same & openssl; openssl',
        line: `rm -rf sealed; mkdir sealed; openssl dgst -sha256 ${input} & ${sealed}; openssl dgst -sha256 sealed/OUT.*; wait`,
        leaves: [],
      },
    ],
  );
  compete(
    'join, encrypted',
    {
      name: 'sonae join --identity',
      line: `${sonae} join ours.age --identity ${key} --output joined --quiet`,
      leaves: ['joined'],
    },
    [
      {
        name: 'cat | age -d | zstd -d > FILE',
        line: `cat sealed/OUT.* | age -d -i ${key} | zstd -q -d > restored`,
        leaves: ['restored'],
      },
      {
        name: 'sonae join, in the clear',
        line: `${sonae} join ours --output joined --quiet`,
        leaves: ['joined'],
      },
    ],
  );
  execFileSync('cmp', [input, join(work, 'joined')]);
  rmSync(join(work, 'joined'));
  rmSync(join(work, 'restored'), { force: true });
  compete(
    'verify, encrypted',
    {
      name: 'sonae verify --identity',
      line: `${sonae} verify ours.age --identity ${key} --quiet`,
      leaves: [],
    },
    [
      { name: 'sonae verify, in the clear', line: `${sonae} verify ours --quiet`, leaves: [] },
      {
        name: 'sha256sum -c; cat | age -d | zstd -d | sha256sum',
        line: `cd ours.age && sha256sum -c --quiet SHA256SUMS; cat ../sealed/OUT.* | age -d -i ${key} | zstd -q -d | sha256sum`,
        leaves: [],
      },
    ],
  );
}

if (values.only.includes('sparse')) {
  const bytes = 64 * 1024 ** 3;
  writeFileSync(join(work, 'sparse'), 'head');
  truncateSync(join(work, 'sparse'), bytes);
  const cost = measure(`${sonae} split sparse --priority normal --quiet --output sparse.chunks`);
  console.log(
    `\nsparse 64 GiB: ${cost.wall.toFixed(1)} s, ${(bytes / 1e9 / cost.wall).toFixed(2)} GB/s, CPU ${cost.cpu.toFixed(1)} s, RSS ${cost.rssMib.toFixed(0)} MiB`,
  );
}
