import type { Command } from 'commander';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Context, Run } from '../context.ts';
import { command, configOption } from '../global-options.ts';
import { checkUploadFlags, type UploadFlags } from './upload-options.ts';

const examples = `
Examples:
  sonae upload 01234567_vmcore.chunks --to https://upload.example.com/inbox/
  sonae upload sonae-web01-....tar.zst --case 01234567 --to 'https://upload.example.com/issue/{case}/'
  sonae upload *.tar.zst *.chunks --to 'https://upload.example.com/upload.php?file={name}'
  sonae upload 01234567_vmcore.chunks --to sftp://sftp.example.com/incoming --limit-rate 2M
  sonae upload 01234567_vmcore.chunks --resume           after a stop; --to from the settings
  sonae upload 01234567_vmcore.chunks --dry-run          what would be sent where; nobody is asked

User, password, token and keys come from /etc/sonae/config.yaml (docs/formats/config.md), never from the command line.
The receipt says what arrived and how that is known: docs/formats/upload-receipt.md.
`;

/** `sonae upload`: a bundle or a chunk set to the support centre, with a receipt. */
export function declareUpload(run: Run): Command {
  return command('upload')
    .description('send a bundle or a chunk set to the support centre, and bring back a receipt')
    .argument('<path...>', 'bundles, folders of chunk sets')
    .option(
      '--to <url>',
      'https, sftp or ftps: a folder, or with {name} and {case} in it (default: the settings)',
    )
    .option('--case <id>', 'refuse what is of another case; stands for {case}')
    .option('--owner <name>', 'refuse what is of another owner (default: the settings)')
    .addOption(configOption())
    .option('--resume', 'go on with what was stopped, by its receipt')
    .option('--receipt <file>', 'where the receipt is (default: PATH.receipt.json)')
    .option('--read-back', 'fetch every file again and compare it')
    .option('--limit-rate <rate>', 'bytes in a second at most: 500K, 2M')
    .option('--unredacted', 'send also what is UNREDACTED')
    .option('--dry-run', 'check everything, say what would be sent where, and send nothing')
    .addHelpText('after', examples)
    .action((paths: string[], flags: UploadFlags) =>
      run(flags, (context) => uploadPaths(context, paths, flags)),
    );
}

async function uploadPaths(
  context: Context,
  paths: readonly string[],
  flags: UploadFlags,
): Promise<ExitCode> {
  checkUploadFlags(paths, flags);
  const { planUpload } = await import('./plan-upload.ts');
  const plan = await planUpload(context, paths, flags);
  if (flags.dryRun) {
    const { renderDryRun } = await import('./upload-summary.ts');
    await context.print(renderDryRun(plan, context.isJson));
    return 0;
  }
  const { runUpload } = await import('./run-upload.ts');
  const sent = await runUpload(context, plan, flags);
  const { renderSent } = await import('./upload-summary.ts');
  await context.print(renderSent(plan.target, sent, context.isJson));
  refuseUnread(
    flags,
    sent.flatMap(({ receipt }) => receipt.files),
  );
  return 0;
}

// Asked for a proof that the remote does not give: all of it is there, as far as is known, and not as was asked.
function refuseUnread(
  { readBack }: UploadFlags,
  files: readonly { readonly proof?: string }[],
): void {
  const unread = files.filter(({ proof }) => proof !== 'read-back').length;
  if (readBack !== true || unread === 0) return;
  throw new SonaeError(
    'E_REMOTE',
    `${unread} of ${files.length} files were taken, and could not be read back`,
    { hint: 'The remote does not give them. The receipt says how each is known to be there.' },
  );
}
