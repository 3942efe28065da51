import { shellWord } from '../../std/shell-word.ts';
import type { Tooling } from '../configuration/settings.ts';
import type { Machine } from '../machine/machine.ts';
import { cmdlineWords } from '../parse/text.ts';
import { subject } from './crashkernel-words.ts';
import { fixFor } from './fixes.ts';

/** The line that a setting has in the configuration of each family; a family that has no such setting has none. */
export type SettingLines = Readonly<Partial<Record<Tooling, string>>>;

/** Commands that put a line into the configuration, in the place of the one that sets the same, and make it take effect. */
export function settingFix(
  lines: SettingLines | ((machine: Machine) => SettingLines),
): (machine: Machine) => readonly string[] {
  return (machine) => {
    const { tooling, configPath } = machine.settings;
    const line = (typeof lines === 'function' ? lines(machine) : lines)[tooling];
    if (line === undefined) return [];
    const [name = ''] = /^\w+/.exec(line) ?? [];
    const isVariable = line.startsWith(`${name}=`);
    const path = isVariable && tooling === 'redhat' ? '/etc/sysconfig/kdump' : configPath;
    // What is in the initrd has to be built anew; what kexec is told has not.
    const isBuiltIn = tooling === 'suse' || path === '/etc/kdump.conf';
    return [
      `sed -i '/^${name}${isVariable ? '=' : '[[:blank:]]'}/d' ${path}`,
      `echo ${shellWord(line)} >> ${path}`,
      ...fixFor(isBuiltIn ? 'rebuild' : 'reload')(machine),
    ];
  };
}

/** Adds to what kdumpctl hands to dracut. */
export function dracutFix(words: string): (machine: Machine) => readonly string[] {
  return settingFix(({ settings }) => ({
    redhat: ['dracut_args', settings.conf?.values.get('dracut_args'), words]
      .filter(Boolean)
      .join(' '),
  }));
}

/** Puts words at the end of the capture kernel's command line. */
export function appendWordsFix(
  words: (machine: Machine) => readonly string[],
): (machine: Machine) => readonly string[] {
  return settingFix((machine) => {
    const { settings } = machine;
    const added = words(machine);
    if (added.length === 0) return {};
    const names = new Set(added.map(nameOf));
    const line = (name: string, before: string) =>
      assignment(name, [
        ...cmdlineWords(before).filter((word) => !names.has(nameOf(word))),
        ...added,
      ]);
    return {
      redhat: line('KDUMP_COMMANDLINE_APPEND', settings.append),
      // What kdump itself appends there is not in the variable.
      suse: line('KDUMP_COMMANDLINE_APPEND', settings.values.get('KDUMP_COMMANDLINE_APPEND') ?? ''),
      debian: line('KDUMP_CMDLINE_APPEND', settings.append),
    };
  });
}

/** Takes words out of what the capture kernel inherits. */
export function removeWordsFix(
  words: (machine: Machine) => readonly string[],
): (machine: Machine) => readonly string[] {
  return settingFix((machine) => {
    const { settings } = machine;
    const unwanted = new Set(words(machine).map(nameOf));
    if (unwanted.size === 0) return {};
    const removed = new Set([...settings.remove, ...unwanted]);
    const kept = cmdlineWords(settings.cmdline || (subject(machine)?.cmdline ?? '')).filter(
      (word) => !removed.has(nameOf(word)),
    );
    const before = cmdlineWords(settings.values.get('KDUMP_COMMANDLINE_REMOVE') ?? '');
    return {
      redhat: assignment('KDUMP_COMMANDLINE_REMOVE', [...before, ...unwanted]),
      // These two have no list of words to remove: the whole line is written.
      suse: assignment('KDUMP_COMMANDLINE', kept),
      debian: assignment('KDUMP_CMDLINE', kept),
    };
  });
}

/** The name of a word of a command line, without its value. */
export function nameOf(word: string): string {
  return word.replace(/=.*/s, '');
}

function assignment(name: string, words: readonly string[]): string {
  return `${name}="${words.join(' ').replace(/["$`\\]/g, '\\$&')}"`;
}
