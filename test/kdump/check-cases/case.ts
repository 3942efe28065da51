import {
  debian12,
  type FileChange,
  type HealthyMachine,
  type MachineChange,
  rhel9,
  sles15,
} from '../../builders/kdump-machine.ts';

/** One check on a healthy machine with one thing changed, and what it must come to then. */
export interface CheckCase {
  readonly id: string;
  /** What the test is called. */
  readonly when: string;
  readonly on: HealthyMachine;
  readonly change: MachineChange;
  readonly expected: 'pass' | 'warn' | 'fail' | 'unknown' | 'skip';
}

type Expected = CheckCase['expected'];

function onMachine(on: HealthyMachine) {
  return (id: string, when: string, expected: Expected, change: MachineChange): CheckCase => ({
    id,
    when,
    on,
    change,
    expected,
  });
}

/** A line of a table, on RHEL 9. */
export const rhel = onMachine(rhel9);
/** A line of a table, on SLES 15. */
export const sles = onMachine(sles15);
/** A line of a table, on Debian 12. */
export const debian = onMachine(debian12);

/** A change of files alone. */
export function files(changed: Readonly<Record<string, FileChange>>): MachineChange {
  return { files: changed };
}

/** The running command line of a healthy machine, with words taken out and put at its end. */
export function cmdline(
  { files: all }: HealthyMachine,
  { without, add = '' }: { readonly without?: RegExp; readonly add?: string },
): MachineChange {
  const words = textOf(all['/proc/cmdline']).trim().split(' ');
  const kept = words.filter((word) => !without?.test(word));
  return files({ '/proc/cmdline': `${[...kept, add].join(' ').trim()}\n` });
}

/** A file of a healthy machine with a piece of its text replaced; throws when the piece is not there. */
export function edit(
  { files: all }: HealthyMachine,
  path: string,
  from: string,
  to: string,
): MachineChange {
  const text = textOf(all[path]);
  if (!text.includes(from)) throw new Error(`${path} of the healthy machine has no "${from}"`);
  return files({ [path]: text.replace(from, to) });
}

/** A file of a healthy machine with a line put at its end. */
export function append({ files: all }: HealthyMachine, path: string, line: string): MachineChange {
  return files({ [path]: `${textOf(all[path])}${line}\n` });
}

/** Several changes as one. */
export function both(...changes: readonly MachineChange[]): MachineChange {
  return {
    ...Object.assign({}, ...changes),
    files: Object.assign({}, ...changes.map((change) => change.files ?? {})),
  };
}

function textOf(file: FileChange | undefined): string {
  if (typeof file !== 'string') throw new Error('no such text file on the healthy machine');
  return file;
}
