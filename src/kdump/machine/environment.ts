import { type Facts, textOf } from '../facts.ts';

/** What the kernel runs on. */
export interface Environment {
  /** Name of the engine when we are in a container. */
  readonly container: string | undefined;
  readonly platform:
    | 'physical'
    | 'kvm'
    | 'vmware'
    | 'hyperv'
    | 'aws'
    | 'azure'
    | 'gce'
    | 'alibaba'
    | 'openstack'
    | 'xen-pv'
    | 'xen'
    | 'firecracker'
    | 'gvisor'
    | 'wsl'
    | 'uml'
    | 'power'
    | 's390x'
    | 'unknown';
  readonly isConfidential: boolean;
}

/** Tells the environment from DMI, the hypervisor's files, the command line and process 1. */
export function describeEnvironment(facts: Facts, arch: string): Environment {
  const flags = textOf(facts, '/proc/cpuinfo') ?? '';
  return {
    container: containerOf(facts),
    platform: platformOf(facts, arch, flags),
    isConfidential: /^flags.*\b(?:sev_snp|tdx_guest)\b/m.test(flags),
  };
}

// Where the kernel's own threads are seen we are in its first process namespace, whatever marks an image brought.
function containerOf(facts: Facts): string | undefined {
  if (textOf(facts, '/proc/2/comm')?.trim() === 'kthreadd') return undefined;
  const environ = textOf(facts, '/proc/1/environ') ?? '';
  return (
    /(?:^|\0)container=([^\0]*)/.exec(environ)?.[1] ??
    (facts.stats.get('/.dockerenv')?.state === 'known' ? 'docker' : undefined) ??
    (facts.stats.get('/run/.containerenv')?.state === 'known' ? 'podman' : undefined) ??
    (textOf(facts, '/run/systemd/container') || undefined) ??
    (lacksKernelThreads(facts) ? 'of an engine that left no name' : undefined)
  );
}

// containerd and CRI-O leave no mark at all. Others than root may not see the processes of root (hidepid).
function lacksKernelThreads(facts: Facts): boolean {
  if (!facts.isLive || !facts.isRoot) return false;
  const version = textOf(facts, '/proc/version') ?? '';
  // These imitate a kernel, and have no thread of one.
  if (version === '' || /gvisor|microsoft/i.test(version)) return false;
  const second = facts.files.get('/proc/2/comm');
  return second?.state === 'absent' || second?.state === 'known';
}

function platformOf(facts: Facts, arch: string, cpuinfo: string): Environment['platform'] {
  const vendor = textOf(facts, '/sys/class/dmi/id/sys_vendor') ?? '';
  const product = textOf(facts, '/sys/class/dmi/id/product_name') ?? '';
  const version = textOf(facts, '/proc/version') ?? '';
  const cmdline = textOf(facts, '/proc/cmdline') ?? '';
  const hypervisor = textOf(facts, '/sys/hypervisor/type');
  if (/microsoft-standard|Microsoft/.test(version)) return 'wsl';
  if (/gvisor/i.test(version)) return 'gvisor';
  if (/user-mode-linux/i.test(version) || /^vendor_id\s*:\s*User Mode Linux/m.test(cpuinfo))
    return 'uml';
  if (hypervisor === 'xen')
    return textOf(facts, '/sys/hypervisor/guest_type') === 'PV' ? 'xen-pv' : 'xen';
  if (/Amazon EC2/.test(vendor)) return 'aws';
  if (/Google/.test(vendor)) return 'gce';
  if (/Alibaba/.test(vendor)) return 'alibaba';
  if (/OpenStack/.test(`${vendor} ${product}`)) return 'openstack';
  if (/Microsoft/.test(vendor))
    return /7783-7084-3265-9085-8269-3286-77/.test(
      textOf(facts, '/sys/class/dmi/id/chassis_asset_tag') ?? '',
    )
      ? 'azure'
      : 'hyperv';
  if (/VMware/.test(vendor)) return 'vmware';
  if (/QEMU|KVM|Red Hat|oVirt/.test(`${vendor} ${product}`)) return 'kvm';
  // Firecracker has no DMI and boots with these words unless somebody changes them.
  if (vendor === '' && /\breboot=k\b/.test(cmdline) && /\bnomodule\b|\bpci=off\b/.test(cmdline))
    return 'firecracker';
  if (arch === 's390x') return 's390x';
  if (arch === 'ppc64le') return 'power';
  if (vendor !== '') return /^flags.*\bhypervisor\b/m.test(cpuinfo) ? 'unknown' : 'physical';
  return 'unknown';
}
