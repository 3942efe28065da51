import { type Facts, textOf } from '../facts.ts';
import { type Collector, parseCollector } from '../parse/collector.ts';
import { type KdumpConf, parseKdumpConf } from '../parse/kdump-conf.ts';
import { parseShellVariables, type TextProblem } from '../parse/text.ts';
import { type DumpTarget, debianTargets, redhatTarget, urlTarget } from './read-target.ts';

/** Which kdump tooling is installed; told by its files, not by the name of the distribution. */
export type Tooling = 'redhat' | 'suse' | 'debian' | 'none';

/** The configuration of whichever tooling is there, in one shape. */
export interface KdumpSettings {
  readonly tooling: Tooling;
  readonly configPath: string;
  /** Why the configuration could not be read; then nothing that follows from it is known. */
  readonly unread: string | undefined;
  readonly problems: readonly TextProblem[];
  readonly target: DumpTarget;
  /** Where the same dump goes too, one after the other; what is judged is `target` alone. */
  readonly furtherTargets: readonly DumpTarget[];
  readonly collector: Collector;
  readonly isEnabled: boolean;
  readonly unit: string;
  readonly kernelVersion: string;
  readonly append: string;
  readonly remove: readonly string[];
  /** Replaces /proc/cmdline as the base; '' when it does not. */
  readonly cmdline: string;
  readonly finalAction: string;
  readonly failureAction: string;
  readonly kexecArgs: string;
  /** Kernel and initrd that are loaded, for a release. */
  readonly kernelPaths: (release: string) => readonly string[];
  readonly initrdPaths: (release: string) => readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly conf: KdumpConf | undefined;
}

/** Reads the settings of the tooling that is there. */
export function readSettings(facts: Facts): KdumpSettings {
  const settings = settingsOfTooling(facts);
  const file = facts.files.get(settings.configPath);
  const unread =
    file?.state === 'unreadable'
      ? file.why
      : file?.state === 'known' && file.value.isTruncated
        ? 'it is larger than 1 MiB'
        : undefined;
  return unread === undefined
    ? { ...settings, unread }
    : {
        ...settings,
        unread,
        target: { kind: 'unknown', path: '', where: undefined },
        furtherTargets: [],
      };
}

type Read = Omit<KdumpSettings, 'unread'>;

function settingsOfTooling(facts: Facts): Read {
  if (isThere(facts, '/etc/default/kdump-tools')) return debianSettings(facts);
  if (isThere(facts, '/etc/kdump.conf')) return redhatSettings(facts);
  const sysconfig = textOf(facts, '/etc/sysconfig/kdump') ?? '';
  if (/^\s*KDUMP_SAVEDIR=|^\s*KDUMP_DUMPLEVEL=/m.test(sysconfig)) return suseSettings(facts);
  if (isThere(facts, '/usr/lib/kdump/load.sh')) return suseSettings(facts);
  // Tools whose configuration is gone.
  if (isThere(facts, '/usr/bin/kdumpctl')) return redhatSettings(facts);
  if (isThere(facts, '/usr/sbin/kdump-config')) return debianSettings(facts);
  return { ...redhatSettings(facts), tooling: 'none', isEnabled: false, configPath: '(none)' };
}

function isThere(facts: Facts, path: string): boolean {
  const file = facts.files.get(path);
  return (
    (file !== undefined && file.state !== 'absent') || facts.stats.get(path)?.state === 'known'
  );
}

const redhatAppend: Readonly<Record<string, string>> = {
  x86_64:
    'irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off udev.children-max=2 panic=10 acpi_no_memhotplug transparent_hugepage=never nokaslr hest_disable novmcoredd cma=0 hugetlb_cma=0',
};

function redhatSettings(facts: Facts): Read {
  const conf = parseKdumpConf(textOf(facts, '/etc/kdump.conf') ?? '');
  const sysconfig = parseShellVariables(textOf(facts, '/etc/sysconfig/kdump') ?? '');
  const value = (name: string) => sysconfig.values.get(name) ?? '';
  const get = (name: string) => conf.values.get(name);
  const collector = parseCollector(
    get('core_collector') ?? 'makedumpfile -l --message-level 7 -d 31',
  );
  return {
    tooling: 'redhat',
    configPath: '/etc/kdump.conf',
    problems: [...conf.errors, ...sysconfig.problems],
    target: redhatTarget(conf),
    furtherTargets: [],
    collector,
    isEnabled: true,
    unit: 'kdump.service',
    kernelVersion: value('KDUMP_KERNELVER'),
    append: sysconfig.values.get('KDUMP_COMMANDLINE_APPEND') ?? redhatAppend['x86_64'] ?? '',
    remove: [
      ...value('KDUMP_COMMANDLINE_REMOVE').split(/\s+/),
      ...'crashkernel panic_on_warn root rd.lvm.lv rd.luks.uuid rd.dm.uuid rd.md.uuid fcoe netroot rd.iscsi.initiator iscsi_initiator'.split(
        ' ',
      ),
    ],
    cmdline: value('KDUMP_COMMANDLINE'),
    finalAction: get('final_action') ?? 'reboot',
    failureAction: get('failure_action') ?? get('default') ?? 'reboot',
    kexecArgs: value('KEXEC_ARGS'),
    kernelPaths: (release) => [
      `/boot/vmlinuz-${release}`,
      `/lib/modules/${release}/vmlinuz`,
      `/usr/lib/modules/${release}/vmlinuz`,
    ],
    initrdPaths: (release) => [
      `/boot/initramfs-${release}kdump.img`,
      `/var/lib/kdump/initramfs-${release}kdump.img`,
    ],
    values: sysconfig.values,
    conf,
  };
}

const suseRemove =
  'root resume crashkernel splash mem BOOT_IMAGE showopts zfcp.allow_lun_scan hugepages acpi_no_memhotplug cgroup_disable unknown_nmi_panic rd.udev.children-max notsc';

function suseSettings(facts: Facts): Read {
  const { values, problems } = parseShellVariables(textOf(facts, '/etc/sysconfig/kdump') ?? '');
  const value = (name: string, standard = '') => values.get(name) ?? standard;
  const level = Number(value('KDUMP_DUMPLEVEL', '31'));
  const format = value('KDUMP_DUMPFORMAT', 'compressed').toLowerCase();
  const compression =
    format === 'compressed'
      ? 'zlib'
      : (['lzo', 'snappy', 'zstd'] as const).find((name) => name === format);
  const cpus = value('KDUMP_CPUS', '32');
  return {
    tooling: 'suse',
    configPath: '/etc/sysconfig/kdump',
    problems: [...problems, ...suseProblems(values)],
    target: urlTarget(
      value('KDUMP_SAVEDIR', '/var/crash') || '/var/crash',
      value('KDUMP_TRANSFER'),
    ),
    furtherTargets: [],
    collector: {
      text: `makedumpfile -F -d ${level} (${format})`,
      level: Number.isInteger(level) ? level : undefined,
      compression: compression ?? 'none',
      isFlattened: true,
      threads: Number(cpus) || 1,
      isMakedumpfile: format !== 'raw' && format !== 'none',
    },
    isEnabled: true,
    unit: 'kdump.service',
    kernelVersion: value('KDUMP_KERNELVER'),
    append: `sysrq=yes reset_devices acpi_no_memhotplug cgroup_disable=memory nokaslr numa=off irqpoll nr_cpus=${cpus} root=kdump rootflags=bind rd.udev.children-max=8 panic=1 ${value('KDUMP_COMMANDLINE_APPEND')}`,
    remove: suseRemove.split(' '),
    cmdline: value('KDUMP_COMMANDLINE'),
    finalAction: isFalse(value('KDUMP_IMMEDIATE_REBOOT', 'yes')) ? 'wait' : 'reboot',
    failureAction: isFalse(value('KDUMP_CONTINUE_ON_ERROR', 'yes')) ? 'shell' : 'reboot',
    kexecArgs: `-a ${value('KEXEC_OPTIONS')}`,
    kernelPaths: (release) => [
      '/var/lib/kdump/kernel',
      `/usr/lib/modules/${release}/vmlinuz`,
      `/boot/vmlinuz-${release}`,
      `/boot/Image-${release}`,
    ],
    initrdPaths: (release) => ['/var/lib/kdump/initrd', `/boot/initrd-${release}-kdump`],
    values,
    conf: undefined,
  };
}

function suseProblems(values: ReadonlyMap<string, string>): readonly TextProblem[] {
  const booleans =
    'KDUMP_IMMEDIATE_REBOOT KDUMP_CONTINUE_ON_ERROR KDUMP_AUTO_RESIZE KDUMP_FADUMP KDUMP_UPDATE_BOOTLOADER';
  const wrong = booleans
    .split(' ')
    .filter((name) => !/^(?:yes|no|true|false|1|0|)$/i.test(values.get(name) ?? ''))
    .map((name) => ({ line: 0, says: `${name} is neither yes nor no: the default is used` }));
  const format = values.get('KDUMP_DUMPFORMAT') ?? '';
  return /^(?:|none|elf|compressed|lzo|snappy|zstd|raw)$/i.test(format)
    ? wrong
    : [...wrong, { line: 0, says: `KDUMP_DUMPFORMAT ${format.slice(0, 40)} is not known` }];
}

function isFalse(value: string): boolean {
  return /^(?:no|false|0)$/i.test(value);
}

const debianAppend =
  'reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb';

function debianSettings(facts: Facts): Read {
  const { values, problems } = parseShellVariables(textOf(facts, '/etc/default/kdump-tools') ?? '');
  const value = (name: string, standard = '') => values.get(name) || standard;
  const collector = parseCollector(`makedumpfile ${value('MAKEDUMP_ARGS', '-c -d 31')} -F`);
  const use = value('USE_KDUMP');
  const [target, ...furtherTargets] = debianTargets(value);
  return {
    tooling: 'debian',
    configPath: '/etc/default/kdump-tools',
    problems: [...problems, ...debianProblems(values)],
    target,
    furtherTargets,
    collector,
    isEnabled: /^[1-9]/.test(use),
    unit: 'kdump-tools.service',
    kernelVersion: '',
    append: values.get('KDUMP_CMDLINE_APPEND') ?? debianAppend,
    remove: ['crashkernel', 'hugepages', 'hugepagesz', 'abm'],
    cmdline: value('KDUMP_CMDLINE'),
    finalAction: 'reboot',
    failureAction: value('KDUMP_FAIL_CMD', 'reboot -f'),
    kexecArgs: value('KDUMP_KEXEC_ARGS'),
    kernelPaths: () => [value('KDUMP_KERNEL', '/var/lib/kdump/vmlinuz')],
    initrdPaths: () => [value('KDUMP_INITRD', '/var/lib/kdump/initrd.img')],
    values,
    conf: undefined,
  };
}

function debianProblems(values: ReadonlyMap<string, string>): readonly TextProblem[] {
  const packer = values.get('KDUMP_COMPRESSION') ?? '';
  return /^(?:|none|bzip2|gzip|lz4|xz)$/.test(packer)
    ? []
    : [
        {
          line: 0,
          says: `KDUMP_COMPRESSION ${packer.slice(0, 40)} is not known: nothing is packed`,
        },
      ];
}
