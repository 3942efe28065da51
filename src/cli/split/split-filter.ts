import type { RecognisedDump } from '../../model/dump.ts';
import { SonaeError } from '../../model/error.ts';
import type { InputFile } from '../../model/storage.ts';
import { printableLines } from '../../std/printable.ts';
import { formatSize } from '../../std/units.ts';
import type { Context } from '../context.ts';
import { filterCommand, previewFilter } from './filter-preview.ts';
import type { SplitSource } from './split-source.ts';

// On a huge dump the preview may take longer; the filter itself then does without it.
const previewMs = 60_000;

const failedLateHint =
  'The set in the output folder is not finished and of no use: remove that folder, then split without --filter.';

/**
 * The dump as `makedumpfile` leaves it, streamed: a flattened dump (`-F`), which crash reads directly and
 * `makedumpfile -R` turns into an ordinary one. Pages stay uncompressed, because zstd does that better afterwards.
 */
export async function openFiltered(
  { reporter, signal }: Context,
  input: InputFile,
  dump: RecognisedDump | undefined,
  level: number,
): Promise<Omit<SplitSource, 'checkTarget'>> {
  const inputBytes = input.size ?? 0;
  await input.close();
  refuseUnfilterable(input.path, dump);
  const { commandFinder } = await import('../../host/find-command.ts');
  const makedumpfile = commandFinder()('makedumpfile');
  if (makedumpfile === undefined) {
    throw new SonaeError('E_NO_TOOL', '--filter needs makedumpfile, which is not installed', {
      hint: 'Install makedumpfile, or split without --filter.',
    });
  }
  // Refused here, a dump that makedumpfile cannot read leaves nothing behind.
  const preview = await previewFilter(makedumpfile, input.path, level, {
    timeoutMs: previewMs,
    signal,
  });
  if (preview.state === 'refused') {
    const { exitCode, stderr } = preview;
    throw filterFailed(input.path, exitCode, stderr, 'Split it without --filter.');
  }
  const left = preview.state === 'known' ? formatSize(preview.bytes) : 'what cannot be told before';
  reporter.emit({
    type: 'plan',
    message: `makedumpfile -d ${level} will leave ${left} of ${formatSize(inputBytes)}, which is then packed`,
  });
  const { openCommandOutput } = await import('../../host/command-output.ts');
  const command = filterCommand(makedumpfile, level, input.path);
  const output = openCommandOutput(command);
  const name = `${input.path.slice(input.path.lastIndexOf('/') + 1)}.d${level}.flat`;
  return {
    input: output.input,
    name,
    filter: { command, inputBytes },
    ...(dump === undefined ? {} : { dump: filteredDump(dump, level) }),
    async finish() {
      const { exitCode, stderr } = await output.ended();
      if (exitCode !== 0) throw filterFailed(input.path, exitCode, stderr, failedLateHint);
      const { size } = await output.input.currentIdentity();
      const message = `makedumpfile -d ${level} left ${formatSize(size)} of ${formatSize(inputBytes)}`;
      reporter.emit({ type: 'notice', message });
      for (const line of describeExclusions(stderr))
        reporter.emit({ type: 'notice', message: line });
      if (/kernel version is not supported/.test(stderr)) {
        reporter.emit({
          type: 'warning',
          message:
            'this makedumpfile does not know the kernel of the dump and may have left out too much',
          hint: 'Keep the unfiltered dump until support has read this one.',
        });
      }
    },
  };
}

function filteredDump(dump: RecognisedDump, level: number): RecognisedDump {
  return {
    ...dump,
    format: 'flattened',
    // Both filters have been at work (makedumpfile ORs the new level into the old).
    dumpLevel: (dump.dumpLevel ?? 0) | level,
    pageCompression: 'none',
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

function filterFailed(path: string, exitCode: number, stderr: string, hint: string): SonaeError {
  const said = printableLines(stderr).trim().split('\n').slice(-3).join(' ');
  return new SonaeError('E_REFUSED', `makedumpfile failed on ${path} (${exitCode}): ${said}`, {
    hint,
  });
}

/** What the report says was left out, in decimal: `Free pages: 238575 of 655360`. */
export function describeExclusions(stderr: string): readonly string[] {
  const counts = [
    ...stderr.matchAll(/^\s*([A-Z][A-Za-z -]{2,40}?)\s*:\s*0x([0-9a-f]{1,16})\s*$/gm),
  ].map(([, what = '', hex = '']) => ({ what, pages: Number.parseInt(hex, 16) }));
  const total = counts.find(({ what }) => what === 'Original pages')?.pages;
  if (total === undefined) return [];
  const shown = new Set(['Original pages', 'Total pages', 'Memory Hole']);
  return counts
    .filter(({ what, pages }) => pages > 0 && !shown.has(what))
    .map(({ what, pages }) => `  ${what}: ${pages} of ${total}`);
}
