// CPU of a whole check as installed (`npm run stage` first), children included, beside the distribution's own status
// command where there is one. SONAE_BENCH_COLD=1 (root) empties the page cache before every run. To measure on a system
// with kdump tools, run this file in a chroot of one that has /proc, /sys and this checkout bound into it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const installed = fileURLToPath(new URL('../build/package/bin/sonae.js', import.meta.url));
const checkout = fileURLToPath(new URL('../bin/sonae.js', import.meta.url));
const bin = existsSync(installed) ? installed : checkout;
const runs = 9;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

function costOf(argv: readonly string[]): Cost {
  if (process.env['SONAE_BENCH_COLD']) writeFileSync('/proc/sys/vm/drop_caches', '3');
  const run = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='%U %S %R'; time "$@" >/dev/null 2>&1`, 'bench', ...argv],
    { encoding: 'utf8' },
  );
  const [user = 0, system = 0, wall = 0] = run.stderr.trim().split(' ').map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: wall * 1000 };
}

const middle = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

// The launcher's own flags, which a direct call of it would take from its first line.
const flags = ['--max-semi-space-size=2', '--optimize-for-size'];
const sonae = [process.execPath, ...flags, bin, 'check-kdump'];
const peers = [
  ['kdump-config', 'show'],
  ['kdumpctl', 'status'],
].filter(([name = '']) => spawnSync('which', [name]).status === 0);
const cases = [
  { name: 'sonae check-kdump --no-predict', argv: [...sonae, '--no-predict'] },
  { name: 'sonae check-kdump', argv: sonae },
  { name: 'node, doing nothing', argv: [process.execPath, '-e', '0'] },
  ...peers.map((argv) => ({ name: argv.join(' '), argv })),
];
const costs = cases.map(() => [] as Cost[]);
for (let run = 0; run < runs; run += 1)
  for (const [index, { argv }] of cases.entries()) costs[index]?.push(costOf(argv));

const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
console.log(
  `${bin === installed ? 'as installed' : 'from the checkout'}, medians of ${runs}, load ${load} on ${cpus().length} CPUs`,
);
for (const [index, { name }] of cases.entries()) {
  const of = costs[index] ?? [];
  const cpu = of.map(({ cpuMs }) => cpuMs);
  console.log(
    `${name.padEnd(34)} ${Math.round(middle(cpu))} ms CPU (least ${Math.round(Math.min(...cpu))}), ${Math.round(middle(of.map(({ wallMs }) => wallMs)))} ms`,
  );
}
