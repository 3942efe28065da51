// Runs `sonae collect` (the staged package) and `sos report --batch` alternately on this machine, as root, and prints
// medians and ratios. Usage: npm run bench:collect [-- RUNS]. Needs GNU time; without sos only ours is measured.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Run {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssMib: number;
  readonly peakDiskMib: number;
  readonly archiveMib: number;
  readonly evidence: number;
  readonly rawMib: number;
}

const runs = Number(process.argv[2] ?? 5);
const bin = fileURLToPath(new URL('../build/package/bin/sonae.js', import.meta.url));

execFileSync('npm', ['run', '--silent', 'stage'], { stdio: 'inherit' });
const hasSos = spawnSync('sos', ['--help']).status === 0;
const tools: Record<string, (folder: string) => string[]> = {
  sonae: (folder) => [bin, 'collect', '--output', folder, '--quiet'],
  ...(hasSos ? { sos: (folder) => ['sos', 'report', '--batch', '--tmp-dir', folder] } : {}),
};

const results: Record<string, Run[]> = {};
for (let round = 0; round <= runs; round += 1) {
  for (const [name, argv] of Object.entries(tools)) {
    const run = await measure(argv);
    // The first round warms the page cache for both.
    if (round > 0) results[name] = [...(results[name] ?? []), run];
  }
}
print();

async function measure(argv: (folder: string) => string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-collect-'));
  const times = join(tmpdir(), `bench-collect-${process.pid}.time`);
  const before = diskUsed(folder);
  let peak = before;
  const child = spawn('/usr/bin/time', ['-o', times, '-f', '%e %U %S %M', ...argv(folder)], {
    stdio: 'ignore',
  });
  const timer = setInterval(() => {
    peak = Math.max(peak, diskUsed(folder));
  }, 50);
  await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  const fields = (readFileSync(times, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  const [wallSeconds = 0, user = 0, system = 0, kib = 0] = fields;
  const archive = join(
    folder,
    readdirSync(folder).find((name) => /\.tar\.(zst|xz|gz)$/.test(name)) as string,
  );
  const run = {
    wallSeconds,
    cpuSeconds: user + system,
    peakRssMib: kib / 1024,
    peakDiskMib: (peak - before) / 2 ** 20,
    archiveMib: statSync(archive).size / 2 ** 20,
    ...evidenceIn(archive),
  };
  rmSync(folder, { recursive: true });
  rmSync(times);
  return run;
}

function diskUsed(folder: string): number {
  // Files vanish while du walks: it then complains and still gives the sum.
  return Number.parseInt(spawnSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }).stdout, 10);
}

// Regular files that hold something; the tools' reports on themselves are no evidence.
function evidenceIn(archive: string): { evidence: number; rawMib: number } {
  const list = execFileSync('tar', ['-tvf', archive], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const sizes = list
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('-') && !/\/(sos_logs|sos_reports|sonae\/(manifest|README))/.test(line),
    )
    .map((line) => Number(line.split(/\s+/)[2]))
    .filter((size) => size > 0);
  return { evidence: sizes.length, rawMib: sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20 };
}

function print(): void {
  const figures = Object.keys(results['sonae']?.[0] ?? {}) as (keyof Run)[];
  console.log(`medians of ${runs} alternate runs`);
  for (const figure of figures) {
    const [ours, peer] = [results['sonae'], results['sos']].map((all) =>
      all ? median(all.map((run) => run[figure])) : undefined,
    );
    const ratio =
      ours !== undefined && peer !== undefined && peer > 0 ? (ours / peer).toFixed(2) : '-';
    console.log(`${figure.padEnd(14)} sonae ${format(ours)}  sos ${format(peer)}  ratio ${ratio}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

function format(value: number | undefined): string {
  return (value === undefined ? '-' : value.toFixed(2)).padStart(9);
}
