import type { Item, Take } from '../model/profile.ts';
import { formatDuration, formatSize } from '../std/units.ts';

/** Where an item comes from, as a person would type it. */
export function renderTake(take: Take): string {
  switch (take.kind) {
    case 'run':
      return take.argv
        .map((part) => (/^[\w@%+=:,./{}-]+$/.test(part) ? part : `'${part}'`))
        .join(' ');
    case 'read':
      return take.paths.join(', ');
    case 'builtin':
      return `built in: ${builtinSources[take.name]}`;
    default:
      return take satisfies never;
  }
}

const builtinSources: Readonly<Record<Extract<Take, { kind: 'builtin' }>['name'], string>> = {
  'kernel-log': '/dev/kmsg, without waiting',
  processes: '/proc/PID/{stat,status,wchan,stack}, never command lines',
  'deleted-files': '/proc/PID/fd, links that end in (deleted)',
  space: 'statfs of each local mount',
  'disk-usage': 'a bounded walk of local file systems',
  clocks: 'realtime, monotonic and boot clock',
  environment: 'variables such as LANG, PATH and proxies of this process',
  'crash-dumps': 'names, sizes and times in the crash folders',
  'hardware-summary': 'the systeminformation package in a child with a deadline',
};

/** The bounds of an item in a few words: `at most 20.0 s, 8.0 MiB; 3 times, every 10.0 s; for each interface`. */
export function renderBounds({ limits, samples, each, all, take }: Item): string {
  const parts = [
    `at most ${formatDuration(limits.timeMs)}, ${formatSize(limits.bytes)}${take.kind === 'read' ? ` a file, ${limits.files} files` : ''}`,
  ];
  if (samples.count > 1)
    parts.push(`${samples.count} times, every ${formatDuration(samples.intervalMs)}`);
  if (each) parts.push(`for each ${each}`);
  if (all) parts.push(`for all of: ${all}`);
  return parts.join('; ');
}
