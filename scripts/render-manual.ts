import type { Argument, Command, Option } from 'commander';
import { command } from '../src/cli/global-options.ts';
import { exitCodes } from '../src/model/exit-code.ts';

const description = `sonae (preparedness) takes the evidence that a support centre needs from a Linux server, says whether a crash tonight would leave
a usable dump, makes a dump small enough to send, tells what is in it, and sends it. Nothing is changed on the machine and nothing waits for ever. Standard output is the
result, standard error the conversation.`;

const files = [
  ['/etc/sonae/config.yaml', 'settings of the site: owner, receivers of what is encrypted, upload'],
  ['/etc/sonae/profiles.d/*.yaml', 'profiles of the site, see sonae profiles show'],
  ['/etc/sonae/redact.d/*.yaml', 'what else is secret here'],
  ['/var/tmp', 'where sonae collect puts a bundle, unless told otherwise'],
  ['/var/lib/sonae', 'records and certificates of sonae check-kdump rehearse'],
] as const;

const environment = [
  ['NO_COLOR', 'no colour'],
  ['TERM', 'dumb: no progress line'],
  ['https_proxy, no_proxy, ...', 'handed on to curl by sonae upload'],
] as const;

const globalOptions = command('any').options;

/** sonae(1) in the macros of man(7), from the tree of commands: what --help says, in one page. */
export function renderManual(program: Command, version: string): string {
  return [
    `.TH SONAE 1 "" "sonae ${version}" "User Commands"`,
    '.SH NAME',
    `sonae \\- ${roff(program.description().replace(/^./, (first) => first.toLowerCase()))}`,
    '.SH SYNOPSIS',
    '.B sonae',
    '.I command',
    '[\\fIoption\\fR...] [\\fIpath\\fR...]',
    '.SH DESCRIPTION',
    roff(description),
    '.SH OPTIONS OF EVERY COMMAND',
    ...globalOptions.flatMap(renderOption),
    '.SH COMMANDS',
    ...program.commands.flatMap((one) => renderCommand(one, 'sonae')),
    '.SH EXIT STATUS',
    'The same for every command.',
    ...exitCodes.flatMap(({ code, meaning }) => term(String(code), meaning)),
    '.SH FILES',
    ...files.flatMap(([path, what]) => term(path, what)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, what]) => term(name, what)),
    '.SH SEE ALSO',
    roff(
      'zstd(1), sha256sum(1), tar(1), age(1), gpg(1), curl(1), makedumpfile(8), crash(8), kdump(5)',
    ),
    '',
  ].join('\n');
}

function renderCommand(of: Command, parents: string): string[] {
  const name = `${parents} ${of.name()}`;
  const own = of.options.filter(({ flags }) => !isGlobal(flags));
  return [
    `.SS ${roff([name, ...of.registeredArguments.map(shown)].join(' '))}`,
    roff(sentence(of.description())),
    ...of.registeredArguments.flatMap((one) => term(shown(one), one.description)),
    ...own.flatMap(renderOption),
    ...renderAfterHelp(of),
    ...of.commands.flatMap((inner) => renderCommand(inner, name)),
  ];
}

// What a command adds behind its options: remarks, and examples as they are typed.
function renderAfterHelp(of: Command): string[] {
  const pieces: string[] = [];
  of.configureOutput({ writeOut: (text) => void pieces.push(text) });
  of.outputHelp();
  const after = pieces.join('').slice(of.helpInformation().length).trim();
  return after === '' ? [] : ['.PP', '.nf', ...after.split('\n').map(roff), '.fi'];
}

function renderOption(option: Option): string[] {
  return term(option.flags, meaningOf(option));
}

function isGlobal(flags: string): boolean {
  return globalOptions.some((option) => option.flags === flags);
}

function meaningOf({ description: what, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const usual =
    typeof defaultValue === 'string' || typeof defaultValue === 'number'
      ? ` (default: ${defaultValue})`
      : '';
  return `${what}${choices}${usual}`;
}

function shown(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function term(name: string, what: string): string[] {
  return ['.TP', `.B ${roff(name)}`, roff(what)];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

// A backslash begins an escape, a dash alone is a hyphen, a dot or quote at the start of a line a request (roff(7)).
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');
}
