import type { Command } from 'commander';
import { exitCodes } from '../model/exit-code.ts';
import type { Run } from './context.ts';
import { command } from './global-options.ts';

/** `sonae exit-codes`: the table of exit statuses, for scripts. */
export function declareExitCodes(run: Run): Command {
  return command('exit-codes')
    .description('print what each exit status means')
    .action((options) =>
      run(options, async (context) => {
        const text = context.isJson
          ? JSON.stringify(exitCodes, null, 2)
          : exitCodes.map(({ code, meaning }) => `${String(code).padEnd(5)}${meaning}`).join('\n');
        await context.print(`${text}\n`);
        return 0;
      }),
    );
}
