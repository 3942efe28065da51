import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KdumpFinding, KdumpReport } from '../../src/kdump/report/report.ts';

/** One look of sonae at the guest: its report, its exit code, and what Debian's own tool said at that moment. */
export interface Look {
  readonly report: KdumpReport;
  readonly exitCode: number;
  readonly debianSays: string;
}

/** Reads the files that `check NAME` of `guest/prelude.sh` left. A missing or broken report is an error with stderr in it. */
export async function readLook(results: string, name: string): Promise<Look> {
  const read = (suffix: string) => readFile(join(results, `${name}.${suffix}`), 'utf8');
  const json = await read('json');
  const exit = (await read('exit')).trim();
  if (!json.trimEnd().endsWith('}')) {
    throw new Error(`${name}: no report, exit ${exit}: ${(await read('err')).slice(0, 2000)}`);
  }
  return {
    report: JSON.parse(json),
    exitCode: Number(exit),
    debianSays: /current state *: (.*)/.exec(await read('facts'))?.[1] ?? 'nothing',
  };
}

/** The first finding that warns or fails and is of one of these checks. */
export function findingOf(
  report: KdumpReport,
  checks: readonly string[],
): KdumpFinding | undefined {
  return report.findings.find(
    ({ id, state }) =>
      (state === 'warn' || state === 'fail') && checks.some((check) => id === `kdump/${check}`),
  );
}

/** What one check says, whatever its state. */
export function saysOf(report: KdumpReport, check: string): string | undefined {
  return report.findings.find(({ id }) => id === `kdump/${check}`)?.says;
}
