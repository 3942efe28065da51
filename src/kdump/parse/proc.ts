import { textLines } from './text.ts';

/** One range of physical addresses, both ends inclusive as /proc/iomem prints them. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** What /proc/iomem says about RAM. */
export interface MemoryMap {
  /** False when the kernel hides the addresses from users other than root: all are zero. */
  readonly hasAddresses: boolean;
  /** Top-level `System RAM`. */
  readonly ram: readonly AddressRange[];
  readonly ramBytes: number;
  readonly crashKernel: readonly AddressRange[];
  readonly crashBytes: number;
  /** Kernel code, rodata, data and bss together. */
  readonly kernelImageBytes: number;
}

/** Parses /proc/iomem; never throws. */
export function parseIomem(text: string): MemoryMap {
  const ram: AddressRange[] = [];
  const crashKernel: AddressRange[] = [];
  let kernelImageBytes = 0;
  let hasAddresses = false;
  for (const line of textLines(text)) {
    const match = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.+)$/.exec(line);
    if (!match) continue;
    const range = {
      start: Number.parseInt(match[2] ?? '', 16),
      end: Number.parseInt(match[3] ?? '', 16),
    };
    if (range.end > 0) hasAddresses = true;
    if (range.end < range.start) continue;
    const name = match[4] ?? '';
    if (match[1] === '' && name === 'System RAM') ram.push(range);
    else if (name === 'Crash kernel') crashKernel.push(range);
    else if (/^Kernel (?:code|rodata|data|bss)$/.test(name)) kernelImageBytes += length(range);
  }
  return {
    hasAddresses,
    ram,
    ramBytes: hasAddresses ? total(ram) : 0,
    crashKernel,
    crashBytes: hasAddresses ? total(crashKernel) : 0,
    kernelImageBytes,
  };
}

function length({ start, end }: AddressRange): number {
  return end - start + 1;
}

function total(ranges: readonly AddressRange[]): number {
  return ranges.reduce((sum, range) => sum + length(range), 0);
}

/** /proc/meminfo in bytes (counts such as HugePages_Total as they are). */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of textLines(text)) {
    const match = /^([A-Za-z_()0-9]+):\s+(\d{1,15})( kB)?/.exec(line);
    if (match) values.set(match[1] ?? '', Number(match[2]) * (match[3] ? 1024 : 1));
  }
  return values;
}

/**
 * How many free pages more the kernel's per-CPU lists may take (/proc/zoneinfo): in a dump they are kernel pages, since
 * neither the page flags nor makedumpfile can tell them from those.
 */
export function parseListRoom(text: string): number {
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^\\s+${name}:\\s+(\\d{1,12})$`, 'gm'))].reduce(
      (total, [, digits]) => total + Number(digits),
      0,
    );
  return Math.max(0, sum('high') - sum('count'));
}

/** One mounted file system. */
export interface Mount {
  readonly point: string;
  readonly root: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Parses /proc/self/mountinfo (proc_pid_mountinfo(5)); later mounts hide earlier ones. */
export function parseMountinfo(text: string): readonly Mount[] {
  return textLines(text).flatMap((line) => {
    const [left = '', right] = line.split(' - ');
    const fields = left.split(' ');
    const [type = '', source = '', superOptions = ''] = (right ?? '').split(' ');
    if (!right || fields.length < 6) return [];
    return [
      {
        point: unescapeOctal(fields[4] ?? '/'),
        root: unescapeOctal(fields[3] ?? '/'),
        type,
        source: unescapeOctal(source),
        options: [...(fields[5] ?? '').split(','), ...superOptions.split(',')],
      },
    ];
  });
}

/** The mount that holds a path. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const isBelow =
      mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (isBelow && (!best || mount.point.length >= best.point.length)) best = mount;
  }
  return best;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** One line of /etc/fstab (fstab(5)). */
export interface FstabLine {
  readonly source: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Parses /etc/fstab. */
export function parseFstab(text: string): readonly FstabLine[] {
  return textLines(text).flatMap((line) => {
    const [source, point, type = '', options = ''] = line.trim().split(/\s+/);
    if (!source || !point || source.startsWith('#')) return [];
    return [{ source, point: unescapeOctal(point), type, options: options.split(',') }];
  });
}
