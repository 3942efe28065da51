import { resolve } from 'node:path';
import { runCommand } from '../../host/run-command.ts';

/** What `makedumpfile` would leave of a dump, found by a run that writes nothing. */
export type FilterPreview =
  | { readonly state: 'known'; readonly bytes: number }
  /** It cannot read this dump. */
  | { readonly state: 'refused'; readonly exitCode: number; readonly stderr: string }
  /** Not found out in time, or a makedumpfile before 1.7.0, which has no `--dry-run`. */
  | { readonly state: 'unknown' };

/** The command that writes a filtered dump to stdout, flattened. Messages: 2 common, 4 error, 16 the report. */
export function filterCommand(
  makedumpfile: string,
  level: number,
  path: string,
): readonly [string, ...string[]] {
  return [makedumpfile, '-F', '-d', String(level), '--message-level', '22', path];
}

/** Asks makedumpfile for the size before anything is begun. It reads the page map and the pages that stay, and no others. */
export async function previewFilter(
  makedumpfile: string,
  path: string,
  level: number,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<FilterPreview> {
  const [program, ...args] = filterCommand(makedumpfile, level, resolve(path));
  const run = await runCommand([program, '--dry-run', ...args], {
    timeoutMs,
    signal,
    limitBytes: 1024 * 1024,
  });
  const stderr = run.stderr.toString('utf8');
  if (run.state !== 'exited' || /unrecognized option/.test(stderr)) return { state: 'unknown' };
  if (run.exitCode !== 0) return { state: 'refused', exitCode: run.exitCode, stderr };
  const bytes = Number(/^Write bytes\s*:\s*(\d{1,16})\s*$/m.exec(stderr)?.[1]);
  return Number.isSafeInteger(bytes) ? { state: 'known', bytes } : { state: 'unknown' };
}
