import { textOf } from '../facts.ts';
import type { Machine } from '../machine/machine.ts';
import { parseShellVariables } from '../parse/text.ts';

/** Distribution family whose commands are printed. */
export type FixFamily = 'redhat' | 'suse' | 'debian' | 'image' | 'unknown';

/** Whose commands to print: the tooling that is there; without any, what os-release says it would be. */
export function fixFamily(machine: Machine): FixFamily {
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

interface Place {
  readonly release: string;
  /** Such as 512M. */
  readonly size: string;
  readonly isFadump: boolean;
  /** Such as console=ttyS0,115200. */
  readonly console: string;
  /** USER@HOST of an ssh target. */
  readonly login: string;
}

type Commands = (place: Place) => Readonly<Partial<Record<FixFamily, readonly string[]>>>;

// What kdump-utils holds was a part of kexec-tools up to EL 9, and is in Amazon Linux.
function redhatPackage(release: string): string {
  return /\.el[6-9](?:[._]|$)|\.amzn\d/.test(release) ? 'kexec-tools' : 'kdump-utils makedumpfile';
}

const commands = {
  install: ({ release }) => ({
    redhat: [`dnf install ${redhatPackage(release)}`],
    suse: ['zypper install kdump'],
    debian: ['apt install kdump-tools'],
    image: ['rpm-ostree install kdump-utils makedumpfile', 'systemctl reboot'],
  }),
  reinstall: ({ release }) => ({
    redhat: [`dnf reinstall ${redhatPackage(release)}`],
    suse: ['zypper install --force kdump'],
    debian: ['apt install --reinstall -o Dpkg::Options::=--force-confmiss kdump-tools'],
  }),
  reserve: ({ size, isFadump }) => ({
    redhat: [`kdumpctl reset-crashkernel ${isFadump ? '--fadump=on ' : ''}--kernel=ALL`, 'reboot'],
    suse: ['kdumptool commandline -u   # older releases: yast kdump', 'reboot'],
    debian: [
      `echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=${size}"' > /etc/default/grub.d/kdump-tools.cfg`,
      'update-grub',
      'reboot',
    ],
    image: [`rpm-ostree kargs --append-if-missing=crashkernel=${size}`, 'systemctl reboot'],
    unknown: [
      `add crashkernel=${size} to the kernel command line in your boot loader, then reboot`,
    ],
  }),
  reserveMore: ({ size, isFadump }) => ({
    redhat: isFadump
      ? ['kdumpctl reset-crashkernel --fadump=on --kernel=ALL', 'reboot']
      : [
          'grubby --update-kernel=ALL --remove-args=crashkernel',
          `grubby --update-kernel=ALL --args="crashkernel=${size}"`,
          'reboot',
        ],
    suse: [
      "sed -i '/^KDUMP_CRASHKERNEL=/d' /etc/sysconfig/kdump",
      `echo 'KDUMP_CRASHKERNEL="auto"' >> /etc/sysconfig/kdump`,
      'kdumptool commandline -u   # older releases: yast kdump',
      'reboot',
    ],
    debian: [
      `echo 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=${size}"' > /etc/default/grub.d/kdump-tools.cfg`,
      'update-grub',
      'reboot',
    ],
    image: [
      'rpm-ostree kargs --delete-if-present=crashkernel',
      `rpm-ostree kargs --append=crashkernel=${size}`,
      'systemctl reboot',
    ],
    unknown: [`set crashkernel=${size} in your boot loader, then reboot`],
  }),
  load: () => ({
    redhat: ['systemctl enable --now kdump', 'journalctl -b -u kdump'],
    suse: ['systemctl enable --now kdump', 'journalctl -b -u kdump'],
    debian: ['systemctl restart kdump-tools', 'kdump-config show', 'journalctl -b -u kdump-tools'],
    image: ['systemctl enable --now kdump'],
  }),
  enable: () => ({
    redhat: ['systemctl unmask kdump', 'systemctl enable --now kdump'],
    suse: ['systemctl unmask kdump', 'systemctl enable --now kdump'],
    debian: ['systemctl unmask kdump-tools', 'systemctl enable --now kdump-tools'],
    image: ['systemctl enable --now kdump'],
  }),
  rebuild: ({ release }) => ({
    redhat: ['kdumpctl rebuild && kdumpctl reload'],
    suse: ['mkdumprd -f && systemctl restart kdump'],
    debian: [
      `/etc/kernel/postinst.d/kdump-tools ${release}`,
      `kdump-config unload; kdump-config symlinks ${release}; kdump-config load`,
    ],
    image: ['kdumpctl rebuild && kdumpctl reload'],
  }),
  reload: () => ({
    redhat: ['kdumpctl reload'],
    suse: ['systemctl restart kdump'],
    debian: ['kdump-config reload'],
    image: ['kdumpctl reload'],
  }),
  installKernel: ({ release }) => ({
    redhat: [`dnf reinstall kernel-core-${release}`],
    suse: ['zypper install --force kernel-default'],
    debian: [`apt install --reinstall linux-image-${release}`, `kdump-config symlinks ${release}`],
  }),
  console: ({ console: word }) => ({
    redhat: [`grubby --update-kernel=ALL --args="console=tty0 ${word}"`, 'reboot'],
    suse: [`pbl --add-option ${word}`, 'pbl --config', 'reboot'],
    debian: [
      `echo 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX console=tty0 ${word}"' > /etc/default/grub.d/serial-console.cfg`,
      'update-grub',
      'reboot',
    ],
    image: [`rpm-ostree kargs --append-if-missing=${word}`, 'systemctl reboot'],
    unknown: [`add ${word} to the kernel command line in your boot loader, then reboot`],
  }),
  stockKernel: () => ({
    redhat: ['dnf install kernel-core', 'reboot'],
    suse: ['zypper install kernel-default', 'reboot'],
    debian: ['apt install linux-image-amd64   # Ubuntu: linux-image-generic', 'reboot'],
    unknown: ['boot a kernel of the distribution'],
  }),
  startEarly: () => ({
    redhat: [
      'dracut -f --add earlykdump',
      'grubby --update-kernel=ALL --args=rd.earlykdump',
      'reboot',
    ],
    suse: ['systemctl enable kdump-early'],
  }),
  debuginfo: ({ release }) => ({
    redhat: [`dnf debuginfo-install kernel-${release}   # only needed where dumps are read`],
    suse: ['zypper install kernel-default-debuginfo   # only needed where dumps are read'],
    debian: [
      `apt install linux-image-${release}-dbg   # only needed where dumps are read; Ubuntu: linux-image-unsigned-${release}-dbgsym`,
    ],
  }),
  propagate: ({ login }) => ({
    redhat: ['kdumpctl propagate', 'kdumpctl rebuild && kdumpctl reload'],
    suse: [
      `ssh-copy-id ${login}`,
      `ssh-keygen -l -F ${login.replace(/^.*@/, '')}   # compare with what the console of the target shows`,
      'mkdumprd -f && systemctl restart kdump',
    ],
    debian: ['kdump-config propagate', 'kdump-config reload'],
  }),
} satisfies Record<string, Commands>;

/** Things that are mended by known commands. */
export type FixKey = keyof typeof commands;

/** The commands that mend something on this family; empty where the family is not known. */
export function fixFor(key: FixKey): (machine: Machine) => readonly string[] {
  return (machine) => {
    const release = machine.kernel.defaultEntry?.release ?? machine.captureRelease;
    const place = {
      release: release || '$(uname -r)',
      size: sizeToReserve(machine),
      isFadump: machine.isFadump,
      console: `console=${consoles[machine.kernel.arch] ?? 'ttyS0,115200'}`,
      login: (machine.settings.target.where ?? 'USER@HOST').replace(/:\d+$/, ''),
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

// Half as much again as is needed, and no less than what works nearly everywhere; a small machine keeps its memory.
function sizeToReserve({ reservation, ramBytes }: Machine): string {
  const needed = ((reservation?.bytes ?? 0) / 1024 ** 2) * 1.5;
  const least = ramBytes !== undefined && ramBytes <= 2 * 1024 ** 3 ? 256 : 512;
  return `${Math.max(least, Math.ceil(needed / 128) * 128)}M`;
}

/** The commands that set a kernel setting now and for good. */
export function sysctlFix(name: string, value: string): () => readonly string[] {
  return () => [
    `echo '${name} = ${value}' > /etc/sysctl.d/90-crash-${name.split('.').pop()}.conf`,
    'sysctl --system',
  ];
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
