import type { RecognisedDump } from '../model/dump.ts';
import { SonaeError } from '../model/error.ts';
import type { InputFile } from '../model/storage.ts';
import { printableLines } from '../std/printable.ts';
import { formatSize } from '../std/units.ts';
import type { Context } from './context.ts';
import type { SplitSource } from './split-source.ts';

/**
 * The dump as `makedumpfile` leaves it, streamed: a flattened dump (`-F`), which crash reads directly and
 * `makedumpfile -R` turns into an ordinary one. Pages stay uncompressed, because zstd does that better afterwards.
 */
export async function openFiltered(
  { reporter }: Context,
  input: InputFile,
  dump: RecognisedDump | undefined,
  level: number,
): Promise<Omit<SplitSource, 'checkTarget'>> {
  const inputBytes = input.size ?? 0;
  await input.close();
  refuseUnfilterable(input.path, dump);
  const { commandFinder } = await import('../host/find-command.ts');
  const makedumpfile = commandFinder()('makedumpfile');
  if (makedumpfile === undefined) {
    throw new SonaeError('E_NO_TOOL', '--filter needs makedumpfile, which is not installed', {
      hint: 'Install makedumpfile, or split without --filter.',
    });
  }
  const { openCommandOutput } = await import('../host/command-output.ts');
  // Messages: 2 errors, 4 debug off, 16 the report of what was left out.
  const command = [makedumpfile, '-F', '-d', String(level), '--message-level', '18', input.path];
  const output = openCommandOutput(command);
  const name = `${input.path.slice(input.path.lastIndexOf('/') + 1)}.d${level}.flat`;
  return {
    input: output.input,
    name,
    filter: { command, inputBytes },
    async finish() {
      const { exitCode, stderr } = await output.ended();
      if (exitCode !== 0) throw filterFailed(input.path, exitCode, stderr);
      const kept = await output.input.currentIdentity();
      reporter.emit({
        type: 'notice',
        message: `makedumpfile -d ${level} left ${formatSize(kept.size)} of ${formatSize(inputBytes)}`,
      });
      for (const line of reportLines(stderr)) reporter.emit({ type: 'notice', message: line });
    },
  };
}

// What makedumpfile 1.7 cannot read, said before it says it worse.
function refuseUnfilterable(path: string, dump: RecognisedDump | undefined): void {
  const refuse = (why: string, hint: string) => {
    throw new SonaeError('E_REFUSED', `${path} cannot be filtered: ${why}`, { hint });
  };
  if (dump === undefined) refuse('it is no dump that is known', 'Split it without --filter.');
  if (dump?.format === 'flattened') {
    refuse('it is flattened', 'Make it ordinary first: makedumpfile -R out < in');
  }
}

function filterFailed(path: string, exitCode: number, stderr: string): SonaeError {
  const said = printableLines(stderr).trim().split('\n').slice(-3).join(' ');
  return new SonaeError('E_REFUSED', `makedumpfile failed on ${path} (${exitCode}): ${said}`, {
    hint: 'Split it without --filter; the set in the output folder is not finished.',
  });
}

function reportLines(stderr: string): readonly string[] {
  return printableLines(stderr)
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) =>
      /^(Original pages|Excluded pages|Pages |.*private|.*pages? +:|Remaining|Memory Hole|Total pages)/i.test(
        line,
      ),
    )
    .slice(0, 20);
}
