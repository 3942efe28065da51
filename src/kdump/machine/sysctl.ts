import { type Fact, known } from '../../model/fact.ts';
import { type TextFile, textOf } from '../facts.ts';
import { textLines } from '../parse/text.ts';
import type { Machine } from './machine.ts';

/** The number that a kernel setting has: as it is, or on an image as the sysctl files will set it. */
export function sysctlValue(machine: Machine, name: string): Fact<number> {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  const live = textOf(machine.facts, path);
  if (live !== undefined && /^-?\d+/.test(live)) return known(Number.parseInt(live, 10), path);
  const set = sysctlSetters(machine, name).at(-1);
  if (set) return known(set.value, set.from);
  const fact = machine.facts.files.get(path);
  return fact?.state === 'unreadable' ? fact : { state: 'absent', from: path };
}

/** Every place in the sysctl files that sets a name, in the order they are applied. */
export function sysctlSetters(
  machine: Machine,
  name: string,
): readonly { readonly from: string; readonly value: number }[] {
  const files = new Map<string, readonly [string, Fact<TextFile>]>();
  // Of two with one name the administrator's hides the vendor's.
  for (const folder of [
    '/lib/sysctl.d',
    '/usr/lib/sysctl.d',
    '/run/sysctl.d',
    '/etc/sysctl.d',
    '/etc',
  ])
    for (const [path, fact] of machine.facts.files)
      if (isSysctlFile(path, folder) && fact.state !== 'absent')
        files.set(baseName(path), [path, fact]);
  const applied = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  return applied.flatMap(([path, fact]) => {
    if (fact.state !== 'known') return [];
    return textLines(fact.value.text).flatMap((line) => {
      const match = /^\s*-?([a-z0-9_./-]+)\s*=\s*(-?\d+)\s*$/.exec(line);
      const isMeant = match && match[1]?.replaceAll('/', '.') === name;
      return isMeant ? [{ from: path, value: Number(match[2]) }] : [];
    });
  });
}

function isSysctlFile(path: string, folder: string): boolean {
  return folder === '/etc'
    ? path === '/etc/sysctl.conf'
    : path.endsWith('.conf') && path.replace(/\/[^/]*$/, '') === folder;
}

// /etc/sysctl.conf is applied last.
function baseName(path: string): string {
  return path === '/etc/sysctl.conf' ? '~' : path.replace(/^.*\//, '');
}
