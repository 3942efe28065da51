import { type Fact, known } from '../../model/fact.ts';
import { textOf } from '../facts.ts';
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
  const files = [...machine.facts.files]
    .filter(([path]) => /\/sysctl\.d\/[^/]+\.conf$|^\/etc\/sysctl\.conf$/.test(path))
    .sort(([a], [b]) => baseName(a).localeCompare(baseName(b), 'en'));
  return files.flatMap(([path, fact]) => {
    if (fact.state !== 'known') return [];
    return textLines(fact.value.text).flatMap((line) => {
      const match = /^\s*-?([a-z0-9_./-]+)\s*=\s*(-?\d+)\s*$/.exec(line);
      const isMeant = match && match[1]?.replaceAll('/', '.') === name;
      return isMeant ? [{ from: path, value: Number(match[2]) }] : [];
    });
  });
}

// /etc/sysctl.conf is applied last.
function baseName(path: string): string {
  return path === '/etc/sysctl.conf' ? '~' : path.replace(/^.*\//, '');
}
