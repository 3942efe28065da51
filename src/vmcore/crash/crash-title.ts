import type { LogLine } from './call-trace.ts';
import type { CrashClass } from './crash-classes.ts';
import { crashMeanings } from './crash-meanings.ts';
import { firstMatch } from './first-match.ts';

/** Named groups of the pattern that announced the crash. */
export type CrashWords = Readonly<Record<string, string | undefined>>;

/** What tells two crashes of one class apart when no stack does: file, exit code, device, words of the message. */
export function parameterOf(
  crashClass: CrashClass,
  groups: CrashWords,
  message: string | undefined,
): string | undefined {
  // The file without its line number: lines move from release to release.
  if (crashClass === 'bug' || crashClass === 'warning')
    return groups['place']?.replace(/:\d+.*$/, '');
  if (crashClass === 'init-died') return /exitcode=0x[0-9a-f]+/.exec(message ?? '')?.[0] ?? message;
  if (crashClass === 'no-root-file-system')
    return /unknown-block\([^)]{1,20}\)/.exec(message ?? '')?.[0];
  if (crashClass === 'panic' || crashClass === 'hardware') return generalise(message);
  return undefined;
}

/** Numbers vary between machines; the words do not. */
function generalise(message: string | undefined): string | undefined {
  return message?.replace(/0x[0-9a-f]+|\d+/gi, 'N').slice(0, 120);
}

/** One line for the top of the page: the class in words and where. */
export function titleOf(
  crashClass: CrashClass,
  place: string | undefined,
  groups: CrashWords,
  message: string | undefined,
): string {
  const { words } = crashMeanings[crashClass];
  const where = place === undefined ? '' : ` in ${place.replace(/ (\S+)$/, ' [$1]')}`;
  switch (crashClass) {
    case 'sysrq':
    case 'out-of-memory':
    case 'hardware':
    case 'nmi':
    case 'cluster-fence':
    case 'file-system':
    case 'hypervisor':
      return message && crashClass !== 'sysrq' ? `${words}: ${message}` : words;
    case 'init-died':
      return `${words}: ${exitWords(message ?? '')}`;
    case 'no-root-file-system':
      return `${words}: ${/unknown-block\([^)]{1,20}\)/.exec(message ?? '')?.[0] ?? ''}`;
    case 'bug':
    case 'warning':
      return `${words}${groups['place'] ? ` at ${groups['place']}` : ''}${where}`;
    case 'panic':
      return `${words}: ${message ?? ''}`;
    case 'hung-task':
      return `${words}: ${groups['comm'] ?? '?'}${where}`;
    default:
      return `${words}${where}`;
  }
}

/** The exit code is a wait status: a signal in the low 7 bits, else an exit status above. */
function exitWords(message: string): string {
  const code = /exitcode=0x([0-9a-f]{1,8})/.exec(message)?.[1];
  if (code === undefined) return message;
  const status = Number.parseInt(code, 16);
  const signal = status & 0x7f;
  if (signal === 0) return `it exited with status ${(status >> 8) & 0xff}`;
  const names: Readonly<Record<number, string>> = {
    4: 'SIGILL',
    6: 'SIGABRT',
    7: 'SIGBUS',
    8: 'SIGFPE',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    15: 'SIGTERM',
  };
  return `killed by signal ${signal}${names[signal] ? ` (${names[signal]})` : ''}`;
}

/** Address, place and whatever else the report names. */
export function detailsOf(
  groups: CrashWords,
  block: readonly LogLine[],
  crashClass: CrashClass,
  message: string | undefined,
): { readonly label: string; readonly value: string }[] {
  const details: { label: string; value: string }[] = [];
  const add = (label: string, value: string | undefined) => {
    if (value) details.push({ label, value });
  };
  add('address', groups['address'] && describeAddress(groups['address']));
  add('place', groups['place']);
  add('stuck for', groups['seconds'] && `${groups['seconds']} s`);
  add('kind', groups['detail']);
  add('access', firstMatch(block, /^#PF: (supervisor .{1,60})/)?.[1]);
  add('error code', firstMatch(block, /^(?:Oops: )?Oops: ([0-9a-f]{4,16} \[#\d+\])/)?.[1]);
  if (crashClass === 'init-died') add('how', exitWords(message ?? ''));
  return details;
}

// Patterns that the kernel writes on purpose (include/linux/poison.h).
function describeAddress(address: string): string {
  const value = address.replace(/^0x/, '').replace(/^0+(?=.)/, '');
  if (/^dead0{8,10}[12]/.test(value)) return `${address} (list poison: used after removal)`;
  if (/6b6b6b6b/.test(value)) return `${address} (slab poison: used after free)`;
  if (/5a5a5a5a/.test(value)) return `${address} (slab poison: never initialised)`;
  if (/^[0-9a-f]{1,3}$/.test(value)) {
    return `${address} (offset ${Number.parseInt(value, 16)} from NULL)`;
  }
  return address;
}
