import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { sysctlSetters } from '../machine/sysctl.ts';
import { parseShellVariables } from '../parse/text.ts';
import { commands, type FixFamily } from './family-commands.ts';

// Whose commands to print: the tooling that is there; without any, what os-release says it would be.
function fixFamily(machine: Machine): FixFamily {
  if (machine.facts.stats.get('/run/ostree-booted')?.state === 'known') return 'image';
  if (machine.settings.tooling !== 'none') return machine.settings.tooling;
  const text =
    textOf(machine.facts, '/etc/os-release') ?? textOf(machine.facts, '/usr/lib/os-release');
  const { values } = parseShellVariables(text ?? '');
  const ids = `${values.get('ID') ?? ''} ${values.get('ID_LIKE') ?? ''}`;
  if (/\b(?:rhel|fedora|centos|amzn|ol)\b/.test(ids)) return 'redhat';
  if (/\bsuse|sles|opensuse\b/.test(ids)) return 'suse';
  return /\b(?:debian|ubuntu)\b/.test(ids) ? 'debian' : 'unknown';
}

// Things that are mended by known commands.
type FixKey = keyof typeof commands;

/** The commands that mend something on this family; empty where the family is not known. */
export function fixFor(key: FixKey): (machine: Machine) => readonly string[] {
  return (machine) => {
    const release = machine.kernel.defaultEntry?.release ?? machine.captureRelease;
    const place = {
      release: release || '$(uname -r)',
      captured: machine.captureRelease || '$(uname -r)',
      size: sizeToReserve(machine),
      high: machine.request?.size
        ? `${Math.ceil(machine.request.size / 1024 ** 2)}M`
        : sizeToReserve(machine),
      isFadump: machine.isFadump,
      console: `console=${consoles[machine.kernel.arch] ?? 'ttyS0,115200'}`,
      kernelPackage: `linux-image-${kernelFlavours[machine.kernel.arch] ?? 'amd64'}`,
      login: (machine.settings.target.where ?? 'USER@HOST')
        .replace(/:\d+$/, '')
        .replace(/:[^@]*@/, '@'),
    };
    const family = fixFamily(machine);
    const commandsOf = (each: FixKey): readonly string[] => {
      const table: Readonly<Partial<Record<FixFamily, readonly string[]>>> = commands[each](place);
      return table[family] ?? table.unknown ?? [];
    };
    // Commands of tools that are not there yet would fail.
    const first = machine.settings.tooling === 'none' && key !== 'install' ? 'install' : undefined;
    return [...(first ? commandsOf(first) : []), ...commandsOf(key)];
  };
}

// The console that a management controller or a hypervisor records, where it is no ttyS0.
const consoles: Readonly<Record<string, string>> = {
  aarch64: 'ttyAMA0,115200',
  ppc64le: 'hvc0',
  s390x: 'ttysclp0',
};

// As Debian names them (packages.debian.org, linux-image-*), where it is not amd64.
const kernelFlavours: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  ppc64le: 'powerpc64le',
  s390x: 's390x',
};

// Half as much again as is needed, and no less than what works nearly everywhere; a small machine keeps its memory.
function sizeToReserve({ reservation, ramBytes }: Machine): string {
  const needed = ((reservation?.bytes ?? 0) / 1024 ** 2) * 1.5;
  const least = ramBytes !== undefined && ramBytes <= 2 * 1024 ** 3 ? 256 : 512;
  return `${Math.max(least, Math.ceil(needed / 128) * 128)}M`;
}

/** The commands that set a kernel setting now and for good, also where another file sets it otherwise. */
export function sysctlFix(name: string, value: string): (machine: Machine) => readonly string[] {
  return (machine) => [
    ...takeOut(machine, name, (set) => set !== Number(value)),
    `echo '${name} = ${value}' > /etc/sysctl.d/90-crash-${name.split('.').pop()}.conf`,
    'sysctl --system',
  ];
}

/** The commands that take a kernel setting out of the files that set it. */
export function unsetFix(
  machine: Machine,
  name: string,
  isMeant: (value: number) => boolean,
): readonly string[] {
  const commands = takeOut(machine, name, isMeant);
  return commands.length > 0 ? commands : [`find what sets ${name} at boot, and take it out`];
}

// A file of the vendor is not changed, but hidden by one of its name in /etc.
function takeOut(machine: Machine, name: string, isMeant: (value: number) => boolean) {
  const line = `^[[:blank:]-]*${name.replaceAll('.', '[./]')}[[:blank:]]*=`;
  const paths = sysctlSetters(machine, name).flatMap(({ from, value }) =>
    isMeant(value) ? [from] : [],
  );
  return [...new Set(paths)].map((path) =>
    path.startsWith('/etc/')
      ? `sed -i '/${line}/d' ${path}`
      : `ln -s /dev/null /etc/sysctl.d/${path.replace(/^.*\//, '')}`,
  );
}

/** Advice to edit the configuration that is there, then rebuild. */
export function editConfig(change: string): (machine: Machine) => readonly string[] {
  return (machine) => [
    `${change} in ${machine.settings.configPath}`,
    ...fixFor('rebuild')(machine),
  ];
}

/** How the kernel that runs and the one that firmware restarts into become the same (fadump). */
export function sameKernelFix({ kernel }: Machine): readonly string[] {
  return [
    `grubby --set-default /boot/vmlinuz-${kernel.release}`,
    `or reboot, so that ${kernel.defaultEntry?.release ?? 'the default'} runs`,
  ];
}
