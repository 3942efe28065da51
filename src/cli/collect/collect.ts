import type { Command } from 'commander';
import type { Context, Run } from '../context.ts';
import { encryptionHelp, withEncryption } from '../encryption/encryption-options.ts';
import { command, configOption, type GlobalOptions } from '../global-options.ts';
import { ownerFrom } from '../ownership.ts';
import type { CollectOptions, CollectSettings } from './collect-settings.ts';

/** `sonae collect`: takes evidence from this machine, or from an image, into one bundle. */
export function declareCollect(run: Run): Command {
  const declared = command('collect')
    .description('take evidence from this machine into one bundle')
    .option(
      '--profile <name>',
      'what to take: a profile or a file; may be repeated (default: default)',
      append,
      [],
    )
    .option('--root <folder>', 'take it from a mounted image instead of the running machine')
    .option(
      '--output <place>',
      'folder or file for the bundle, or - for standard output (default: /var/tmp)',
    )
    .option('--case <id>', 'case of the support centre, for the name and the manifest')
    .option('--owner <name>', 'whose data it is, for the manifest (default: the settings)')
    .addOption(configOption())
    .option('--format <format>', 'zst or gz', 'zst')
    .option('--since <when>', 'leave out logs last written before: 2026-11-01, "2 hours ago", 24h')
    .option('--max-size <size>', 'the bundle must not become larger: 500M, 1G')
    .option('--time-limit <duration>', 'end with what there is after this time', '15m')
    .option('--jobs <n>', 'commands to run side by side')
    .option(
      '--impact <level>',
      'take items that disturb at most: none, low, medium, high',
      'medium',
    )
    .option('--dry-run', 'say what would be read and run, and do none of it')
    .option('--no-redact', 'mask no secrets; the result is named UNREDACTED')
    .option('--anonymize', 'replace host names, users, addresses and serial numbers by aliases')
    .option('--map <file>', 'with --anonymize: aliases of earlier bundles; new ones are added')
    .option('--keyword <word>', 'with --anonymize: replace this too; may be repeated', append, [])
    .option(
      '--keep-mac-vendor',
      'with --anonymize: keep the half of MAC addresses that names the maker',
    )
    .option('--map-passphrase-file <file>', 'passphrase of an encrypted map (FILE.age)');
  return withEncryption(declared)
    .addHelpText('after', examples + encryptionHelp)
    .action((options: CollectOptions & GlobalOptions) =>
      run(options, (context) => runCollect(options, context)),
    );
}

const examples = `
Examples:
  sonae collect                                what a support centre expects of any machine
  sonae collect --profile hang                 for a machine that hangs; see: sonae profiles list
  sonae collect --dry-run                      read first what would be done
  sonae collect --case 01234567 --max-size 1G  for a portal with a limit
  sonae collect --output - | ssh HOST 'cat > bundle.tar.zst'
  sonae collect --encrypt-to age1...           only the support centre can open it; nothing is on the disk in the clear
`;

function append(value: string, all: string[]): string[] {
  return [...all, ...value.split(',')];
}

async function runCollect(options: CollectOptions, context: Context) {
  const { availableParallelism } = await import('node:os');
  const { checkCollectOptions } = await import('./collect-settings.ts');
  const settings: CollectSettings = checkCollectOptions(
    options,
    Date.now(),
    availableParallelism(),
  );
  // Before anything is done: a mistake in the settings must not leave away whose data it is.
  const owner = await ownerFrom(options);
  const { collect } = await import('./collect-run.ts');
  return collect({ ...settings, ...(owner === undefined ? {} : { owner }) }, options, context);
}
