import { absent, known, unreadable } from '../../model/fact.ts';
import type { Check } from '../checks/check.ts';
import type { Facts, TextFile } from '../facts.ts';
import { describeMachine, type Machine } from '../machine/machine.ts';

/** How one family mends what a check finds. */
export interface UsualFix {
  readonly family: string;
  readonly commands: readonly string[];
}

const families: readonly (readonly [name: string, configuration: string])[] = [
  ['Red Hat', '/etc/kdump.conf'],
  ['SUSE', '/usr/lib/kdump/load.sh'],
  ['Debian, Ubuntu', '/etc/default/kdump-tools'],
];

/** The fix of a check by family, for a machine of which no more is known; one for all where they do not differ. */
export function usualFixes({ fix }: Check): readonly UsualFix[] {
  if (!fix) return [];
  const fixes = families
    .map(([family, path]) => ({ family, commands: fix(bareMachine(path)) }))
    .filter(({ commands }) => commands.length > 0);
  const texts = new Set(fixes.map(({ commands }) => commands.join('\n')));
  return texts.size === 1 && fixes.length === families.length
    ? fixes.slice(0, 1).map(({ commands }) => ({ family: '', commands }))
    : fixes;
}

function bareMachine(configuration: string): Machine {
  const why = 'nothing was asked';
  const nothing: Facts = {
    isLive: false,
    isRoot: true,
    nowMs: 0,
    purpose: 'server',
    files: new Map([
      [configuration, known(file(''), configuration)],
      ['/proc/sys/kernel/osrelease', known(file('$(uname -r)'), '')],
      ['/proc/cmdline', known(file(''), '')],
    ]),
    stats: new Map(),
    links: new Map(),
    folders: new Map(),
    spaces: new Map(),
    commands: new Map(),
    outputs: new Map(),
    wtmp: absent(''),
    initrd: absent(''),
    dumps: absent(''),
    targetAnswer: undefined,
    pages: unreadable('', why),
    contents: unreadable('', why),
  };
  return describeMachine(nothing);
}

function file(text: string): TextFile {
  const stat = {
    kind: 'file',
    size: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    mtimeMs: 0,
    dev: 0,
    ino: 0,
  } as const;
  return { text, stat, isTruncated: false };
}
