import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = fileURLToPath(new URL('../../../shared/data/vmcores/', import.meta.url));
const cache = join(tmpdir(), `sonae-test-vmcores-${process.getuid?.() ?? 0}`);

/** What is recorded beside each real dump. */
export interface GroundTruth {
  readonly size: number;
  readonly dmesg_source: string | null;
  readonly panic_lines: readonly string[];
  readonly oops_lines: readonly string[];
  readonly rip_lines: readonly string[];
}

/** True where the real dumps are; tests of them are skipped loudly elsewhere. */
export const hasRealDumps = existsSync(shared) && spawnSync('which', ['zstd']).status === 0;
if (!hasRealDumps) process.stderr.write(`SKIPPED for want of ${shared} or zstd: real dumps\n`);

/** Whether makedumpfile is here to make other formats of a dump. */
export const hasMakedumpfile = spawnSync('which', ['makedumpfile']).status === 0;
if (!hasMakedumpfile) process.stderr.write('SKIPPED for want of makedumpfile: its formats\n');

/** Path of a dump, restored once into a cache below the temporary folder. */
export function realDump(name: string): string {
  const plain = join(shared, name);
  if (existsSync(plain)) return plain;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const restored = join(cache, name);
  const { size } = groundTruth(name);
  if (!existsSync(restored) || statSync(restored).size !== size) {
    // Under another name first: test files run side by side.
    const partial = `${restored}.${process.pid}`;
    const args = ['-q', '-f', '-d', '--long=27', join(shared, `${name}.zst`), '-o', partial];
    const run = spawnSync('zstd', args);
    if (run.status !== 0) throw new Error(`zstd: ${run.stderr}`);
    renameSync(partial, restored);
  }
  return restored;
}

/** A dump in another of makedumpfile's formats, made once; `split` gives three files. */
export function converted(name: string, format: 'zlib' | 'lzo' | 'flattened' | 'split'): string[] {
  const input = realDump(name);
  const output = join(cache, `${name}.${format}`);
  const outputs = format === 'split' ? [1, 2, 3].map((part) => `${output}.${part}`) : [output];
  if (outputs.every((path) => existsSync(path))) return outputs;
  const temporary = outputs.map((path) => `${path}.${process.pid}`);
  const run =
    format === 'flattened'
      ? spawnSync('sh', ['-c', 'makedumpfile -F -c -d 31 "$1" > "$2"', 'sh', input, ...temporary])
      : spawnSync('makedumpfile', [...flags[format], input, ...temporary]);
  if (run.status !== 0) throw new Error(`makedumpfile: ${run.stdout} ${run.stderr}`);
  for (const [index, path] of temporary.entries()) renameSync(path, outputs[index] ?? '');
  return outputs;
}

const flags = {
  zlib: ['-c', '-d', '31'],
  lzo: ['-l', '-d', '31'],
  split: ['-c', '-d', '31', '--split', '--splitblock-size', '8'],
} as const;

/** The record beside a dump. */
export function groundTruth(name: string): GroundTruth {
  return JSON.parse(readFileSync(join(shared, `${name}.json`), 'utf8')) as GroundTruth;
}

/** The kernel log as the reference printed it. */
export function trueLog(name: string): string {
  return readFileSync(join(shared, `${name}.dmesg.txt`), 'latin1');
}
