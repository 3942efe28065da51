import { Command, Option } from 'commander';

/** The options every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** A command of sonae with the global options and strict, helpful errors. */
export function command(name: string): Command {
  return new Command(name)
    .addOption(new Option('--json', 'stdout is one JSON document, stderr JSON Lines of events'))
    .addOption(new Option('--quiet', 'say nothing but warnings and the result'))
    .addOption(new Option('--no-color', 'no colour (as NO_COLOR)'))
    .showSuggestionAfterError(true)
    .exitOverride();
}

/** For commands that use what a site decides once for all of its machines (cli/load-config.ts). */
export function configOption(): Option {
  return new Option('--config <file>', 'settings of the site (default: /etc/sonae/config.yaml)');
}
