import { type Command, InvalidArgumentError, Option } from 'commander';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Analysis } from '../../vmcore/analysis.ts';
import type { LookUp } from '../../vmcore/kernel/look-up.ts';
import type { OpenDump } from '../../vmcore/open-dump.ts';
import type { Context, Run } from '../context.ts';
import { type DecryptionOptions, withDecryption } from '../encryption/encryption-options.ts';
import { command, type GlobalOptions } from '../global-options.ts';
import { openReportRedaction, type ReportRedaction } from './inspect-redaction.ts';

interface InspectOptions extends GlobalOptions, DecryptionOptions {
  readonly markdown?: boolean;
  readonly dmesg?: boolean;
  readonly callers?: boolean;
  readonly tasks?: boolean;
  readonly backtraces?: boolean;
  readonly modules?: boolean;
  readonly symbol?: string;
  readonly read?: bigint;
  readonly redact?: boolean;
}

const examples = `
Examples:
  sonae inspect /var/crash/127.0.0.1-2026-11-23-16:45:46      the dump in a folder, with its saved log
  sonae inspect vmcore --dmesg | less                         the kernel log
  sonae inspect vmcore --backtraces --tasks --modules         everything
  sonae inspect vmcore --markdown --redact > ticket.md        for a ticket, secrets masked
  sonae inspect part1 part2 part3                             a set made by makedumpfile --split
  sonae inspect vmcore --symbol panic                         an address by name, or a name by address
`;

/** `sonae inspect`: the first ten minutes of a crash investigation, from the dump alone. */
export function declareInspect(run: Run): Command {
  const declared = command('inspect')
    .description('say what a crash dump tells: cause, log, stacks, modules; no debuginfo needed')
    .argument(
      '<path...>',
      'a dump, the parts of a split set, a folder of /var/crash, or a chunk set',
    )
    .option('--markdown', 'the page as Markdown, for a ticket')
    .option('--dmesg', 'the kernel log alone, as dmesg prints it')
    .option('--callers', 'with --dmesg: print which task or CPU wrote each line')
    .option('--tasks', 'list every task')
    .option('--backtraces', 'the stack of every CPU')
    .option('--modules', 'list every module')
    .option('--symbol <name|address>', 'look up one symbol and stop')
    .addOption(
      new Option('--read <address>', 'hex dump of 256 bytes of kernel memory and stop').argParser(
        readAddress,
      ),
    )
    .option('--redact', 'mask secrets as collect does');
  return withDecryption(declared)
    .addHelpText('after', examples)
    .action((paths: string[], options: InspectOptions) =>
      run(options, (context) => {
        context.leaveInterrupts();
        return inspect(context, paths, options);
      }),
    );
}

function readAddress(text: string): bigint {
  if (!/^(?:0x)?[0-9a-f]{1,16}$/i.test(text)) {
    throw new InvalidArgumentError('expected a hexadecimal address such as 0xffffffff81000000');
  }
  return BigInt(`0x${text.replace(/^0x/i, '')}`);
}

async function inspect(
  context: Context,
  paths: readonly string[],
  options: InspectOptions,
): Promise<ExitCode> {
  const { openTarget } = await import('./inspect-target.ts');
  const { analyseDump } = await import('../../vmcore/analyse.ts');
  const target = await openTarget(paths, options);
  try {
    for (const message of target.notices) context.reporter.emit({ type: 'notice', message });
    const isLookUp = options.symbol !== undefined || options.read !== undefined;
    const depth = options.dmesg || isLookUp ? 'log' : 'all';
    const savedLog = target.savedLog;
    const { analysis, dump } = await analyseDump(target.sources, {
      depth,
      problems: target.problems,
      toolInput: target.toolInput,
      ...(savedLog && { savedLog }),
    });
    const redaction = options.redact ? await openReportRedaction() : undefined;
    // Once more over the whole: what a rule recognises only across lines.
    const print = (text: string) => context.print(redaction ? redaction.text(text) : text);
    if (isLookUp) {
      const { isFound, lines } = await lookUp(dump, analysis, options);
      const answer = redaction ? redaction.value({ isFound, lines }) : { isFound, lines };
      await print(
        context.isJson ? `${JSON.stringify(answer, null, 2)}\n` : `${lines.join('\n')}\n`,
      );
      return isFound ? 0 : 3;
    }
    await print(await render(context, analysis, options, redaction));
    return exitCodeOf(analysis);
  } finally {
    for (const source of target.sources) source.close();
  }
}

async function lookUp(
  dump: OpenDump | undefined,
  analysis: Analysis,
  options: InspectOptions,
): Promise<LookUp> {
  if (!dump) throw cannotRead(analysis);
  const { dumpMemory, lookUpSymbol } = await import('../../vmcore/kernel/look-up.ts');
  const answers = [
    ...(options.symbol === undefined ? [] : [lookUpSymbol(dump, options.symbol)]),
    ...(options.read === undefined ? [] : [dumpMemory(dump, options.read, 256)]),
  ];
  return {
    isFound: answers.every(({ isFound }) => isFound),
    lines: answers.flatMap(({ lines }) => lines),
  };
}

async function render(
  context: Context,
  analysis: Analysis,
  options: InspectOptions,
  redaction: ReportRedaction | undefined,
): Promise<string> {
  if (context.isJson) {
    const { reportJson } = await import('../../vmcore/page/report-json.ts');
    const report = reportJson(analysis, { withLog: options.dmesg === true });
    return `${JSON.stringify(redaction ? redaction.value(report) : report, null, 2)}\n`;
  }
  if (options.dmesg) return renderLog(context, analysis, options);
  const { buildPage } = await import('../../vmcore/page/build-page.ts');
  const page = buildPage(analysis, {
    tasks: options.tasks === true,
    backtraces: options.backtraces === true,
    modules: options.modules === true,
  });
  if (options.markdown)
    return (await import('../../vmcore/page/render-markdown.ts')).renderMarkdown(page);
  const { renderText } = await import('../../vmcore/page/render-text.ts');
  if (!context.isColor) return renderText(page);
  return renderText(page, (await import('../../ui/level-color.ts')).colorfulPage);
}

async function renderLog(
  context: Context,
  analysis: Analysis,
  options: InspectOptions,
): Promise<string> {
  if (analysis.log.state !== 'known') throw cannotRead(analysis);
  const { renderLogRecord } = await import('../../vmcore/log/kernel-log.ts');
  const color = context.isColor
    ? (await import('../../ui/level-color.ts')).colorByLevel
    : undefined;
  const format = { hasCallers: options.callers === true };
  return analysis.log.value.records
    .map((record) => {
      const line = renderLogRecord(record, format);
      return color ? color(line, record.level) : line;
    })
    .join('');
}

function cannotRead(analysis: Analysis): SonaeError {
  const [file] = analysis.files;
  const why = analysis.log.state === 'unreadable' ? analysis.log.why : 'its memory is not readable';
  return new SonaeError('E_FORMAT', `${file?.name ?? 'the dump'}: no kernel log: ${why}`, {
    hint: [...(file?.identity.problems ?? []), ...(file?.identity.advice ?? [])].join(' '),
  });
}

/** 0 when the dump is whole and was understood, 3 when something is missing, 5 when the file tells nothing. */
function exitCodeOf({ files, log, problems, leftOut }: Analysis): ExitCode {
  const isNothing = files.every(({ identity }) =>
    ['unknown', 'empty', 'zeroes'].includes(identity.format),
  );
  if (isNothing && log.state !== 'known') return 5;
  const isWhole = files.every(({ identity }) => identity.completeness === 'complete');
  return isWhole && problems.length + leftOut.length === 0 && log.state === 'known' ? 0 : 3;
}
