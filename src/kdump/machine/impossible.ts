import { isSet, type KernelView, kernelConfig } from '../configuration/kernel-view.ts';
import type { Facts } from '../facts.ts';
import type { Environment } from './environment.ts';

/** Why no crash kernel can ever be loaded on a machine, whatever is configured on it. */
export interface Impossibility {
  /** Goes on from "kdump is impossible here: ". */
  readonly because: string;
  /** What would have to be another for kdump to become possible; not a command on this machine. */
  readonly instead: string;
}

const interfaces = [
  '/sys/kernel/kexec/crash_loaded',
  '/sys/kernel/kexec_crash_loaded',
  '/sys/kernel/fadump/registered',
  '/sys/kernel/fadump_registered',
];

const platforms: Readonly<Partial<Record<Environment['platform'], Impossibility>>> = {
  'xen-pv': {
    because: 'a paravirtualised Xen guest cannot start a crash kernel',
    instead: 'run the guest as HVM or PVH',
  },
  gvisor: {
    because: 'gVisor only imitates Linux, there is no kernel to dump',
    instead: 'check the host',
  },
  wsl: {
    because: 'the kernel of WSL is managed by Windows',
    instead: 'use a virtual machine of your own',
  },
  uml: {
    because: 'User Mode Linux is a process of its host',
    instead: 'take a core of that process',
  },
};

/** Why kdump cannot work on a running machine; undefined where it can, and where it cannot be told. */
export function findImpossibility(
  facts: Facts,
  kernel: KernelView,
  { platform }: Environment,
): Impossibility | undefined {
  const byPlatform = platforms[platform];
  if (byPlatform) return byPlatform;
  if (kernel.cmdline === undefined) return undefined;
  const states = interfaces.map((path) => facts.files.get(path)?.state);
  if (states.some((state) => state !== 'absent')) return undefined;
  if (platform === 'firecracker')
    return {
      because: 'this is a Firecracker guest whose kernel has no kexec',
      instead:
        "ask the microVM's operator for a guest kernel built with CONFIG_KEXEC and CONFIG_CRASH_DUMP",
    };
  const config = kernelConfig(facts, kernel);
  const lacks = config && !isSet(config, 'CRASH_DUMP');
  // A tree without /sys proves nothing about the kernel.
  const hasSysfs = facts.isLive || facts.folders.get('/sys/module')?.state === 'known';
  if (!lacks && !hasSysfs) return undefined;
  return {
    because: `this kernel${kernel.release ? ` (${kernel.release})` : ''} is built without ${lacks ? 'CONFIG_CRASH_DUMP' : 'kexec'}`,
    instead: 'boot a kernel built with CONFIG_KEXEC, CONFIG_CRASH_DUMP and CONFIG_PROC_VMCORE',
  };
}

// What is still worth knowing where no crash kernel can be: why it cannot, and what is left of a crash without one.
const stillAsked: ReadonlySet<string> = new Set([
  'kernel-kexec-crash-config',
  'kexec-crash-sysfs',
  'panic-timeout',
  'panic-reboot-race',
  'environment',
  'container-no-kdump',
  'firecracker-microvm',
  'gvisor',
  'xen-pv-domu',
  'wsl',
  'uml',
  'confidential-vm',
  'persistent-log-fallback',
  'pstore-residue',
  'netconsole-fallback',
  'serial-console',
]);

/** True for a check that says something useful even where kdump is impossible. */
export function isAskedWithoutKdump(id: string): boolean {
  return stillAsked.has(id);
}
