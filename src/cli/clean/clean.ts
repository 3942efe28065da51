import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { encryptionHelp, withEncryption } from '../encryption/encryption-options.ts';
import { command, configOption, type GlobalOptions } from '../global-options.ts';
import type { CleanOptions } from './clean-options.ts';

const examples = `
Examples:
  sonae clean bundle.tar.zst --map acme.map      names and addresses become aliases, the same in every bundle of acme
  sonae clean sosreport-web01.tar.xz --keyword "Project Fuji"
  sonae clean sosreport-web01.tar.xz --keep-names   secrets only: sos leaves them in
  sonae clean --verify bundle.tar.zst            search for secrets; exit status 4 and the places when there are any
  sonae clean --verify bundle-clean.tar.zst --map acme.map

The map says who is who. It is written with mode 0600, never into a bundle: keep it. Named FILE.age and with
--map-passphrase-file, it is encrypted. The input is never changed.
`;

/** `sonae clean`: masks secrets and replaces identities in a bundle that exists; or looks for what should not be there. */
export function declareClean(run: Run): Command {
  const declared = command('clean')
    .description('mask secrets and replace names and addresses in a bundle, or verify one')
    .argument('<bundle>', 'bundle of sonae collect or of sos report')
    .option('--verify', 'only search the bundle; report places, never values')
    .option('--map <file>', 'aliases of earlier bundles; new ones are added')
    .option('--keyword <word>', 'replace this too, in any case; may be repeated', append, [])
    .option('--output <place>', 'folder or file for the result (default: beside the bundle)')
    .option('--format <format>', 'zst or gz', 'zst')
    .option('--keep-names', 'mask secrets only: names and addresses stay')
    .option('--keep-mac-vendor', 'keep the half of MAC addresses that names the maker')
    .option('--map-passphrase-file <file>', 'passphrase of an encrypted map, in its first line')
    .addOption(configOption());
  return withEncryption(declared)
    .addHelpText('after', examples + encryptionHelp)
    .action((bundle: string, options: CleanOptions & GlobalOptions) =>
      run(options, async (context) => {
        if (options.verify) {
          const { verifyBundle } = await import('./clean-verify.ts');
          return verifyBundle(bundle, options, context);
        }
        const { clean } = await import('./clean-run.ts');
        return clean(bundle, options, context);
      }),
    );
}

function append(value: string, all: string[]): string[] {
  return [...all, value];
}
