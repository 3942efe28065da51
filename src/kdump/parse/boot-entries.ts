import { textLines } from './text.ts';

/** One entry of a boot menu. */
export interface BootEntry {
  readonly title: string;
  /** The file it comes from. */
  readonly from: string;
  readonly linux: string;
  /** Kernel options, variables as they stand. */
  readonly options: string;
  /** Release told from the name of the kernel image; undefined where the name does not say. */
  readonly release: string | undefined;
  readonly isRescue: boolean;
}

/** The entries of a grub.cfg that boot a Linux kernel, in order; submenus flattened. Never throws. */
export function parseGrubCfg(text: string, from: string): readonly BootEntry[] {
  const entries: BootEntry[] = [];
  let title = '';
  for (const line of textLines(text)) {
    const menu = /^\s*menuentry\s+(?:'([^']*)'|"([^"]*)")/.exec(line);
    if (menu) title = menu[1] ?? menu[2] ?? '';
    const linux = /^\s*linux(?:16|efi)?\s+(\S+)\s*(.*)$/.exec(line);
    if (linux && title !== '') entries.push(entry(title, from, linux[1] ?? '', linux[2] ?? ''));
    if (entries.length >= 500) break;
  }
  return entries;
}

/** One file of /boot/loader/entries (Boot Loader Specification type 1); undefined when it boots no Linux kernel. */
export function parseLoaderEntry(
  text: string,
  from: string,
  variables: ReadonlyMap<string, string>,
): BootEntry | undefined {
  const fields = new Map<string, string>();
  for (const line of textLines(text)) {
    const match = /^([a-z-]+)\s+(.*)$/.exec(line.trim());
    if (!match || line.startsWith('#')) continue;
    const name = match[1] ?? '';
    const value = match[2] ?? '';
    fields.set(
      name,
      name === 'options' && fields.has(name) ? `${fields.get(name)} ${value}` : value,
    );
  }
  const linux = fields.get('linux');
  if (!linux) return undefined;
  const options = (fields.get('options') ?? '').replace(
    /\$\{?([A-Za-z_]\w*)\}?/g,
    (whole, name) => variables.get(name) ?? whole,
  );
  return {
    ...entry(fields.get('title') ?? from, from, linux, options),
    ...(fields.has('version') ? { release: fields.get('version') } : {}),
  };
}

function entry(title: string, from: string, linux: string, options: string): BootEntry {
  const release = /vmlinu[xz]-(.+)$/.exec(linux.replace(/^.*\//, ''))?.[1];
  return {
    title,
    from,
    linux,
    options,
    release,
    isRescue:
      /rescue|recovery|memtest|failsafe/i.test(`${title} ${linux}`) || /\bsingle\b/.test(options),
  };
}

/**
 * The entry that boots next: what grubenv or `set default=` names, by index, id or title; else the first of grub.cfg, or
 * the highest release of the loader entries.
 */
export function defaultEntry(
  entries: readonly BootEntry[],
  saved: string | undefined,
): BootEntry | undefined {
  if (saved !== undefined && saved !== '') {
    if (/^\d{1,3}$/.test(saved)) return entries[Number(saved)];
    const last = saved.split('>').at(-1) ?? saved;
    const named = entries.find(
      ({ from, title, release }) =>
        from.endsWith(`/${last}.conf`) ||
        title === last ||
        (release !== undefined && last.endsWith(release)) ||
        (release !== undefined && last.includes(`-${release}-advanced`)),
    );
    if (named) return named;
  }
  const usable = entries.filter(({ isRescue }) => !isRescue);
  if (!usable.some(({ from }) => from.endsWith('.conf'))) return usable[0];
  return [...usable].sort((a, b) => compareReleases(b.release ?? '', a.release ?? ''))[0];
}

/** Orders kernel releases as rpm and sort -V do: number by number. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|[a-z]+/gi) ?? []);
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const [x, y] = [left?.[index] ?? '', right?.[index] ?? ''];
    if (x === y) continue;
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y);
    return numbers ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return 0;
}
