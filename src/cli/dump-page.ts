import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../host/run-command.ts';
import type { Encryption } from '../model/encryption.ts';
import type { OutputFolder } from '../model/storage.ts';
import type { Context } from './context.ts';

/** An analysis takes a second or two; a dump on a sick disk must not hold up what it goes along with. */
const timeoutMs = 60_000;

/** The page of one dump, made in a child of its own with a deadline: reading a dump may hang on its disk. */
export async function pageOfDump(path: string, signal: AbortSignal): Promise<string> {
  const program = fileURLToPath(new URL('../../bin/sonae.js', import.meta.url));
  // The child works in the root folder: a path of ours must be whole.
  const argv = [process.execPath, program, 'inspect', resolve(path), '--no-color'];
  const run = await runCommand(argv, { timeoutMs, signal, limitBytes: 16 * 1024 * 1024 });
  // An incomplete dump ends with 3 or 5 and still has a page.
  if (run.stdout.length > 0) return run.stdout.toString('utf8');
  throw new Error(`no page of ${path}: ${run.stderr.toString('utf8').trim() || run.state}`);
}

/** Puts the page beside the chunks of a dump, so that the receiver can begin before the last one has arrived. */
export async function putPageBeside(
  { reporter, signal }: Context,
  folder: OutputFolder,
  dump: string,
  encryption: Encryption | undefined,
): Promise<void> {
  try {
    const page = Buffer.from(await pageOfDump(dump, signal), 'utf8');
    if (encryption === undefined) await folder.publish('inspect.txt', page);
    else {
      const { encryptWhole } = await import('../encrypt/encrypt-whole.ts');
      const sealed = await encryptWhole(encryption, page);
      await folder.publish(`inspect.txt${encryption.suffix}`, sealed);
    }
  } catch (error) {
    // The chunks are whole without it.
    reporter.emit({ type: 'notice', message: `no inspect.txt: ${(error as Error).message}` });
  }
}
