import { Command } from 'commander';
import { exitCodes } from '../model/exit-code.ts';
import { declareClean } from './clean/clean.ts';
import { declareCollect } from './collect/collect.ts';
import type { Run } from './context.ts';
import { declareExitCodes } from './exit-codes.ts';
import { declareInspect } from './inspect/inspect.ts';
import { declareJoin } from './join.ts';
import { declareCheckKdump } from './kdump/check-kdump.ts';
import { declareProfiles } from './profiles.ts';
import { declareSplit } from './split/split.ts';
import { declareUpload } from './upload/upload.ts';
import { declareVerify } from './verify/verify.ts';
import { version } from './version.ts';

/** The tree of commands. Each is declared in its own file, which loads the rooms it wires only when it runs. */
export function buildProgram(run: Run): Command {
  const program = new Command('sonae')
    .exitOverride()
    .showSuggestionAfterError(true)
    .description('Troubleshooting data collector for Linux servers')
    .version(version(), '--version', 'print the version')
    .addHelpText('after', exitCodeHelp());
  for (const declare of [
    declareCollect,
    declareProfiles,
    declareSplit,
    declareVerify,
    declareJoin,
    declareInspect,
    declareClean,
    declareUpload,
    declareCheckKdump,
    declareExitCodes,
  ])
    program.addCommand(declare(run));
  return program;
}

function exitCodeHelp(): string {
  const lines = exitCodes.map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`);
  return `\nExit status:\n${lines.join('\n')}\n`;
}
