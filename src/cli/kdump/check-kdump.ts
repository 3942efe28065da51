import { basename, dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { KdumpReport } from '../../kdump/report/report.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Context, Run } from '../context.ts';
import { command, type GlobalOptions } from '../global-options.ts';
import { declareRehearse } from './rehearse-kdump.ts';

const formats = ['text', 'json', 'junit', 'prometheus', 'markdown'] as const;
type Format = (typeof formats)[number];

interface CheckOptions extends GlobalOptions {
  readonly root?: string;
  readonly format?: Format;
  readonly output?: string;
  readonly failOn?: 'warn' | 'fail' | 'never';
  readonly for: 'server' | 'ha' | 'cloud';
  readonly predict: boolean;
  readonly askTarget?: boolean;
  readonly verbose?: boolean;
  readonly explain?: string;
}

/** `sonae check-kdump`: will this machine give a usable dump tonight? */
export function declareCheckKdump(run: Run): Command {
  const check = command('check-kdump')
    .description(
      'check that a panic tonight would leave a usable dump, where, how big, how long it takes',
    )
    .option(
      '--root <dir>',
      'check a mounted image or a captured tree instead of this machine',
      rootFolder,
    )
    .addOption(new Option('--format <format>', 'how to write the result').choices(formats))
    .option(
      '--output <file>',
      'write the result to this file, whole or not at all, or - for standard output',
    )
    .addOption(
      new Option('--fail-on <state>', 'exit with 4 at a finding of this state or worse')
        .choices(['warn', 'fail', 'never'])
        .default('fail'),
    )
    .addOption(
      new Option('--for <purpose>', 'what the machine is for; some findings weigh more')
        .choices(['server', 'ha', 'cloud'])
        .default('server'),
    )
    .option('--no-predict', 'do not count the pages of RAM; estimate the size from /proc/meminfo')
    .addOption(
      new Option(
        '--ask-target',
        'log in to an ssh target as the capture will, and ask for its free space',
      ).conflicts('root'),
    )
    .option('--verbose', 'every check with its evidence')
    .option('--explain <id>', 'print the page of one check')
    .addHelpText('after', examples)
    .action((options: CheckOptions) => run(options, (context) => checkKdump(options, context)));
  check.addCommand(declareRehearse(run));
  return check;
}

const examples = `
Reads only; nothing is changed, started or loaded, here or on a target, and but for --ask-target nothing leaves the machine. Run it as root: other users cannot see all of it.
Exit status 3: nothing failed, but a critical check could not be answered; on an image (--root) those do not count that only
the running machine can answer. --fail-on never always gives 0.

Examples:
  sonae check-kdump
  sonae check-kdump --ask-target
  sonae check-kdump --root /mnt/image --fail-on warn
  sonae check-kdump --format prometheus --output /var/lib/node_exporter/sonae_kdump.prom
  sonae check-kdump --explain crashkernel-size-enough
  sonae check-kdump rehearse
`;

function rootFolder(value: string): string {
  if (value !== '') return resolve(value);
  throw new InvalidArgumentError('must be a folder.');
}

async function checkKdump(options: CheckOptions, context: Context): Promise<ExitCode> {
  if (options.explain !== undefined) return explain(options.explain, context);
  const report = await makeReport(options, context.signal);
  const format = options.format ?? (context.isJson ? 'json' : 'text');
  const text = await render(report, format, options, context);
  if (options.output === undefined || options.output === '-') await context.print(text);
  else await publish(options.output, text, format);
  const { hasOpenQuestion } = await import('../../kdump/report/verdict.ts');
  return exitCode(report, options.failOn ?? 'fail', hasOpenQuestion(report.findings));
}

async function makeReport(options: CheckOptions, signal: AbortSignal): Promise<KdumpReport> {
  const { openSystem } = await import('../../host/system.ts');
  const { lookAtMachine } = await import('./look-at-machine.ts');
  const system = openSystem(options.root ?? '/');
  try {
    const root = await system.stat('/', { follow: true });
    if (root.state !== 'known' || root.stat.kind !== 'folder')
      throw new SonaeError('E_INPUT_ABSENT', `${system.root} is not a folder that can be read`);
    const { report } = await lookAtMachine(system, {
      purpose: options.for,
      isPredicting: options.predict,
      isAskingTarget: options.askTarget === true,
      signal,
    });
    return report;
  } finally {
    system.close();
  }
}

async function render(
  report: KdumpReport,
  format: Format,
  options: CheckOptions,
  context: Context,
): Promise<string> {
  if (format === 'text') {
    const { renderText } = await import('../../kdump/report/render-text.ts');
    return renderText(report, {
      isColor: context.isColor && options.output === undefined,
      isVerbose: options.verbose === true,
    });
  }
  const formatsOf = await import('../../kdump/report/render-formats.ts');
  switch (format) {
    case 'json':
      return formatsOf.renderJson(report);
    case 'junit':
      return formatsOf.renderJunit(report);
    case 'prometheus':
      return formatsOf.renderPrometheus(report);
    case 'markdown':
      return formatsOf.renderMarkdown(report);
    default:
      return format satisfies never;
  }
}

async function publish(path: string, text: string, format: Format): Promise<void> {
  const { openOutputFolder } = await import('../../host/storage.ts');
  const folder = await openOutputFolder(dirname(resolve(path)));
  // node_exporter is not root: metrics in a file that it may not read are none.
  const isForEveryone = format === 'prometheus';
  await folder.publish(basename(path), Buffer.from(text), { isForEveryone });
}

function exitCode(
  { counts, host }: KdumpReport,
  failOn: 'warn' | 'fail' | 'never',
  isOpen: boolean,
): ExitCode {
  if (failOn === 'never') return 0;
  const isWorse = counts.fail > 0 || (failOn === 'warn' && counts.warn > 0);
  // In a container nothing can be checked: that is not success of a check that was asked to fail.
  if (isWorse || host.container !== undefined) return 4;
  return isOpen ? 3 : 0;
}

async function explain(id: string, context: Context): Promise<ExitCode> {
  const { catalogue, findCheck } = await import('../../kdump/checks/catalogue.ts');
  const { renderCheckPage } = await import('../../kdump/report/render-check-page.ts');
  const { usualFixes } = await import('../../kdump/report/usual-fixes.ts');
  const check = findCheck(id);
  if (!check) {
    const { nearest } = await import('../../std/nearest.ts');
    const near = nearest(
      id.replace(/^kdump\//, ''),
      catalogue.map((each) => each.id),
    );
    throw new SonaeError('E_USAGE', `there is no check "${id}"`, {
      hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'docs/checks.md lists them all.',
    });
  }
  const { group, weight, title, why, reads } = check;
  await context.print(
    context.isJson
      ? `${JSON.stringify({ id: `kdump/${check.id}`, group, weight, title, why, reads, fixes: usualFixes(check) }, null, 2)}\n`
      : renderCheckPage(check),
  );
  return 0;
}
