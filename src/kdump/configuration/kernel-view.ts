import { type Facts, fileFact, firstKnown, textOf } from '../facts.ts';
import {
  type BootEntry,
  defaultEntry,
  inMenuOrder,
  loaderDefault,
  parseGrubCfg,
  parseGrubenv,
  parseLoaderEntry,
  parseZiplConf,
} from '../parse/boot-entries.ts';
import { cmdlineWords } from '../parse/text.ts';
import type { KdumpSettings } from './settings.ts';

/** The kernel that runs and the ones that can be booted. */
export interface KernelView {
  /** As `uname -r`; '' when it cannot be known (an image). */
  readonly release: string;
  readonly arch: string;
  readonly cmdline: string | undefined;
  readonly words: readonly string[];
  readonly entries: readonly BootEntry[];
  readonly defaultEntry: BootEntry | undefined;
  readonly bootReleases: readonly string[];
  /** Release of the kernel that kdump loads. */
  captureRelease(settings: KdumpSettings): string;
  /** /boot/config or the one beside the modules. */
  readonly configPaths: readonly string[];
}

/** Reads kernel release, command line and boot menu from the facts. */
export function describeKernel(facts: Facts): KernelView {
  const cmdline = textOf(facts, '/proc/cmdline');
  const entries = readEntries(facts);
  const next = nextEntry(facts, entries);
  const release = textOf(facts, '/proc/sys/kernel/osrelease') ?? releaseOfCmdline(cmdline) ?? '';
  const bootReleases = [
    ...new Set([...(release ? [release] : []), ...(next?.release ? [next.release] : [])]),
  ];
  return {
    release,
    arch: archOf(release || (next?.release ?? ''), facts),
    cmdline,
    words: cmdlineWords(cmdline ?? ''),
    entries,
    defaultEntry: next,
    bootReleases,
    captureRelease({ kernelVersion, tooling }) {
      if (kernelVersion && !kernelVersion.startsWith('/')) return kernelVersion;
      // SUSE loads the kernel that boots next, also before it did.
      const own = tooling === 'suse' ? textOf(facts, '/var/lib/kdump/kernel-version') : undefined;
      const isRelease = own !== undefined && /^[\w.+~-]{1,128}$/.test(own);
      return (isRelease && own) || release || (next?.release ?? '');
    },
    configPaths: [
      ...bootReleases.flatMap((name) => [
        `/boot/config-${name}`,
        `/usr/lib/modules/${name}/config`,
      ]),
      ownConfig,
    ],
  };
}

/** Where the running kernel shows the configuration it was built with, if it was built to. */
export const ownConfig = '/proc/config.gz';

/** The configuration that a kernel was built with. */
export interface KernelConfig {
  readonly path: string;
  readonly text: string;
}

/** True when the kernel was built with an option, named without its CONFIG_. */
export function isSet({ text }: KernelConfig, name: string, value = 'y'): boolean {
  return new RegExp(`^CONFIG_${name}=${value}$`, 'm').test(text);
}

/** The configuration of the kernel, where it is installed. */
export function kernelConfig(facts: Facts, { configPaths }: KernelView): KernelConfig | undefined {
  for (const path of configPaths) {
    const text = textOf(facts, path);
    if (text !== undefined && text !== '') return { path, text };
  }
  return undefined;
}

function releaseOfCmdline(cmdline: string | undefined): string | undefined {
  return /BOOT_IMAGE=\S*vmlinu[xz]-(\S+)/.exec(cmdline ?? '')?.[1];
}

// The dynamic loader that every program of an image names (the ABI of each architecture).
const loaders = [
  ['/lib64/ld-linux-x86-64.so.2', 'x86_64'],
  ['/lib/ld-linux-aarch64.so.1', 'aarch64'],
  ['/lib64/ld64.so.2', 'ppc64le'],
  ['/lib/ld64.so.1', 's390x'],
] as const;

/** Where an image tells its architecture. */
export const loaderPaths: readonly string[] = loaders.map(([path]) => path);

function archOf(release: string, facts: Facts): string {
  const suffix = /\.(x86_64|aarch64|ppc64le|s390x)$/.exec(release)?.[1];
  if (suffix) return suffix;
  if (facts.isLive) {
    const names: Readonly<Record<string, string>> = {
      x64: 'x86_64',
      arm64: 'aarch64',
      ppc64: 'ppc64le',
    };
    return names[process.arch] ?? process.arch;
  }
  const loader = loaders.find(([path]) => facts.stats.get(path)?.state === 'known');
  if (loader) return loader[1];
  if (/arm64/.test(release)) return 'aarch64';
  return /ppc64el|powerpc64le/.test(release) ? 'ppc64le' : 'x86_64';
}

const grubenvPaths = ['/boot/grub2/grubenv', '/boot/grub/grubenv'];
const loaderConfPaths = [
  '/boot/loader/loader.conf',
  '/boot/efi/loader/loader.conf',
  '/efi/loader/loader.conf',
];
const ziplConf = '/etc/zipl.conf';
const grubCfgPaths = ['/boot/grub2/grub.cfg', '/boot/grub/grub.cfg'];

function readEntries(facts: Facts): readonly BootEntry[] {
  const grubenv = parseGrubenv(firstText(facts, grubenvPaths));
  const loader = [...facts.files]
    .filter(([path]) => /\/loader\/entries\/[^/]+\.conf$/.test(path))
    .flatMap(([path, fact]) =>
      fact.state === 'known' ? (parseLoaderEntry(fact.value.text, path, grubenv) ?? []) : [],
    );
  if (loader.length > 0) return inMenuOrder(loader);
  const grub = firstKnown(facts, grubCfgPaths);
  if (grub.state === 'known') return parseGrubCfg(grub.value.text, grub.from);
  return parseZiplConf(firstText(facts, [ziplConf]), ziplConf).entries;
}

function nextEntry(facts: Facts, entries: readonly BootEntry[]): BootEntry | undefined {
  const grubenv = parseGrubenv(firstText(facts, grubenvPaths));
  const cfg = firstText(facts, grubCfgPaths);
  // A saved entry that grub.cfg does not ask for is a leftover.
  const isSaved = cfg === '' || /^\s*set default="?\$\{?saved_entry/m.test(cfg);
  const saved =
    grubenv.get('next_entry') ||
    (isSaved && grubenv.get('saved_entry')) ||
    /^\s*set default="([^"$]*)"/m.exec(cfg)?.[1] ||
    parseZiplConf(firstText(facts, [ziplConf]), ziplConf).saved;
  const pattern = /^default\s+(\S+)/m.exec(firstText(facts, loaderConfPaths))?.[1];
  const isSystemdBoot = !saved && pattern !== undefined;
  return isSystemdBoot ? loaderDefault(entries, pattern) : defaultEntry(entries, saved);
}

function firstText(facts: Facts, paths: readonly string[]): string {
  const found = paths.map((path) => fileFact(facts, path)).find(({ state }) => state === 'known');
  return found?.state === 'known' ? found.value.text : '';
}
