import { matchesGlob, parseGlob } from '../../std/glob.ts';
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
  /** What calls it, from the top menu through submenus to itself: each by its index, title and id. */
  readonly place: readonly (readonly string[])[];
}

const mostEntries = 500;

/** The entries of a grub.cfg that boot a Linux kernel, in order, out of all submenus. Never throws. */
export function parseGrubCfg(text: string, from: string): readonly BootEntry[] {
  const entries: BootEntry[] = [];
  const blocks: { readonly names: readonly string[] | undefined; inside: number }[] = [];
  const top = { names: undefined, inside: 0 };
  for (const line of textLines(text)) {
    const menu = /^\s*(?:menuentry|submenu)\s+(?:'([^']*)'|"([^"]*)"|(\S+))/.exec(line);
    const linux = /^\s*linux(?:16|efi)?\s+(\S+)\s*(.*)$/.exec(line);
    const place = blocks.flatMap(({ names }) => (names ? [names] : []));
    if (menu) {
      const title = menu[1] ?? menu[2] ?? menu[3] ?? '';
      const id = /\$menuentry_id_option\s+["']?([^"'\s{]+)|--id[ =]["']?([^"'\s{]+)/.exec(line);
      const above = blocks.findLast(({ names }) => names) ?? top;
      const names = [String(above.inside), title, id?.[1] ?? id?.[2] ?? title];
      above.inside += 1;
      blocks.push({ names, inside: 0 });
    } else if (/\{\s*$/.test(line)) blocks.push({ names: undefined, inside: 0 });
    else if (/^\s*\}/.test(line)) blocks.pop();
    else if (linux && place.length > 0)
      entries.push(entry(place.at(-1)?.[1] ?? '', from, linux[1] ?? '', linux[2] ?? '', place));
    if (entries.length >= mostEntries || blocks.length > 100) break;
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
  const title = fields.get('title') ?? from;
  return {
    ...entry(title, from, linux, options, [[loaderId(from), title]]),
    ...(fields.has('version') ? { release: fields.get('version') } : {}),
  };
}

function loaderId(from: string): string {
  return from.replace(/^.*\//, '').replace(/\.conf$/, '');
}

/** The loader entries as GRUB and systemd-boot list them: by the names of their files, the highest first. */
export function inMenuOrder(entries: readonly BootEntry[]): readonly BootEntry[] {
  return entries
    .toSorted((a, b) => compareReleases(loaderId(b.from), loaderId(a.from)))
    .map((each, index) => ({ ...each, place: [[String(index), ...(each.place[0] ?? [])]] }));
}

function entry(
  title: string,
  from: string,
  linux: string,
  options: string,
  place: BootEntry['place'],
): BootEntry {
  const release = /vmlinu[xz]-(.+)$/.exec(linux.replace(/^.*\//, ''))?.[1];
  return {
    title,
    from,
    linux,
    options,
    release,
    isRescue:
      /rescue|recovery|memtest|failsafe/i.test(`${title} ${linux}`) || /\bsingle\b/.test(options),
    place,
  };
}

/**
 * The entry that boots next. `saved` is what grubenv or `set default=` names: `2`, an id or a title, with the submenus
 * that lead to it before it (`1>2`). What names nothing falls back to the first entry, as GRUB does; undefined where
 * it is no Linux kernel.
 */
export function defaultEntry(
  entries: readonly BootEntry[],
  saved: string | undefined,
): BootEntry | undefined {
  const first = entries.find(({ isRescue }) => !isRescue);
  if (!saved) return first;
  // In a title it is doubled.
  const wanted = saved.split(/(?<!>)>(?!>)/).map((name) => name.replaceAll('>>', '>'));
  const named = entries.find(({ place }) =>
    wanted.every((name, level) => place[level]?.includes(name)),
  );
  // An index of none of them is something else than a Linux kernel, such as another system.
  const isIndex = wanted.every((name) => /^\d{1,3}$/.test(name));
  return named ?? (isIndex ? undefined : first);
}

/** The entry that a pattern of systemd-boot's loader.conf names, such as `arch-*`. */
export function loaderDefault(
  entries: readonly BootEntry[],
  pattern: string,
): BootEntry | undefined {
  const glob = parseGlob(`/${pattern.replace(/\.conf$/, '')}`);
  return entries.find(({ from }) => matchesGlob(glob, `/${loaderId(from)}`));
}

/** The sections of /etc/zipl.conf that boot a Linux kernel (zipl.conf(5), s390x), in the order of its menu, and which of them is the default. */
export function parseZiplConf(
  text: string,
  from: string,
): { readonly entries: readonly BootEntry[]; readonly saved: string | undefined } {
  const sections = new Map<string, Map<string, string>>();
  let fields = new Map<string, string>();
  for (const line of textLines(text)) {
    const [, section, menu] = /^\s*(?:\[([^\]]+)\]|:(\S+))/.exec(line) ?? [];
    const [, name, value = ''] = /^\s*(\w+)\s*=\s*"?([^"]*)/.exec(line) ?? [];
    if (section !== undefined || menu !== undefined) {
      fields = new Map();
      sections.set(section ?? `:${menu}`, fields);
    } else if (name !== undefined) fields.set(name, value.trim());
  }
  const boot = sections.get('defaultboot');
  const menu = sections.get(`:${boot?.get('defaultmenu') ?? ''}`);
  const chosen = menu?.get(menu.get('default') ?? '1') ?? boot?.get('default');
  const entries = [...sections].flatMap(([title, of]) => {
    const image = of.get('image');
    return image === undefined
      ? []
      : [entry(title, from, image, of.get('parameters') ?? '', [[title]])];
  });
  return { entries: entries.slice(0, mostEntries), saved: chosen };
}

/** What GRUB keeps between boots in grubenv: one NAME=VALUE a line, blanks and all, a backslash before what it would misread. */
export function parseGrubenv(text: string): ReadonlyMap<string, string> {
  return new Map(
    textLines(text).flatMap((line) => {
      const [, name, value = ''] = /^([^#=]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value.replace(/\\(.)/g, '$1')] as const];
    }),
  );
}

// Orders kernel releases as rpm and sort -V do: number by number.
function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|[a-z]+/gi) ?? []);
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const [x, y] = [left?.[index] ?? '', right?.[index] ?? ''];
    if (x === y) continue;
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y);
    return numbers ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return 0;
}
