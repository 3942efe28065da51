import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// CPU of a whole check, children included, beside the distribution's own status command where there is one.
const bin = fileURLToPath(new URL('../bin/sonae.js', import.meta.url));
const runs = 7;

function cpuMs(argv: readonly string[]): number {
  const run = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1`, 'bench', ...argv],
    { encoding: 'utf8' },
  );
  const [user = 0, system = 0] = run.stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const peers = [
  ['kdump-config', 'show'],
  ['kdumpctl', 'status'],
].filter(([name = '']) => spawnSync('which', [name]).status === 0);
const cases = [
  {
    name: 'sonae check-kdump --no-predict',
    argv: [process.execPath, bin, 'check-kdump', '--no-predict'],
  },
  { name: 'sonae check-kdump', argv: [process.execPath, bin, 'check-kdump'] },
  ...peers.map((argv) => ({ name: argv.join(' '), argv })),
];
const times = cases.map(() => [] as number[]);
for (let run = 0; run < runs; run += 1)
  for (const [index, { argv }] of cases.entries()) times[index]?.push(cpuMs(argv));
for (const [index, { name }] of cases.entries())
  console.log(
    `${name.padEnd(34)} ${Math.round(median(times[index] ?? []))} ms CPU (median of ${runs})`,
  );
