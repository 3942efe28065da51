import { formatSize } from '../../std/units.ts';
import type { Machine } from '../machine/machine.ts';
import { sysctlValue } from '../machine/sysctl.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor, sysctlFix } from './fixes.ts';

const where = (machine: Machine) => seen('platform', machine.environment.platform);
const clouds = ['aws', 'azure', 'gce', 'alibaba', 'openstack'];
const hasModule = (machine: Machine, names: readonly string[]) =>
  machine.modules.state === 'known'
    ? names.filter((name) => machine.modules.state === 'known' && machine.modules.value.has(name))
    : [];

/** Section 10: is kdump possible here, and who else could take the memory? */
export const environmentChecks: readonly Check[] = [
  {
    id: 'environment',
    group: 'environment',
    weight: 'info',
    title: 'what the kernel runs on',
    why: 'It decides how a panic can be triggered and who can take the memory from outside.',
    reads: 'DMI, /sys/hypervisor, process 1',
    evaluate: (machine) =>
      pass(
        machine.environment.container
          ? `a container (${machine.environment.container})`
          : machine.environment.platform,
        where(machine),
      ),
  },
  {
    id: 'container-no-kdump',
    group: 'environment',
    weight: 'info',
    title: 'this is the machine and not a container',
    why: 'The kernel belongs to the host: kdump is set up and checked there.',
    reads: '/proc/1/environ, /.dockerenv, /run/.containerenv',
    evaluate: ({ environment }) =>
      environment.container === undefined
        ? pass('no container', seen('/proc/1/environ', 'no container='))
        : skip(
            `a container (${environment.container}): run sonae check-kdump on the host`,
            seen('container', environment.container),
          ),
  },
  {
    id: 'firecracker-microvm',
    group: 'environment',
    weight: 'critical',
    title: 'the machine monitor lets a crash kernel run',
    why: 'Firecracker guests have no kexec as a rule: a snapshot of the memory is taken instead.',
    reads: 'command line, DMI, /sys/kernel/kexec_crash_loaded',
    evaluate(machine) {
      if (machine.environment.platform !== 'firecracker')
        return pass('no Firecracker', where(machine));
      return machine.isLoaded.state === 'known'
        ? pass('Firecracker, with a kernel that has kexec', where(machine))
        : fail(
            'a Firecracker guest without kexec: take a snapshot of its memory from outside',
            where(machine),
          );
    },
  },
  {
    id: 'gvisor',
    group: 'environment',
    weight: 'info',
    title: 'the kernel is Linux',
    why: 'gVisor imitates Linux: there is no kernel to dump.',
    reads: '/proc/version',
    evaluate: (machine) =>
      machine.environment.platform === 'gvisor'
        ? skip('this is gVisor: check the host', where(machine))
        : pass('it is Linux', where(machine)),
  },
  {
    id: 'xen-pv-domu',
    group: 'environment',
    weight: 'critical',
    title: 'this is no paravirtualised Xen guest',
    why: 'kexec does not work there.',
    reads: '/sys/hypervisor',
    fix: () => ['xl dump-core DOMAIN FILE   # in dom0'],
    evaluate: (machine) =>
      machine.environment.platform === 'xen-pv'
        ? fail('a Xen PV guest cannot run kdump', where(machine))
        : pass('no Xen PV guest', where(machine)),
  },
  {
    id: 'wsl',
    group: 'environment',
    weight: 'info',
    title: 'this is not the Windows Subsystem for Linux',
    why: 'Its kernel is managed by Windows.',
    reads: '/proc/version',
    evaluate: (machine) =>
      machine.environment.platform === 'wsl'
        ? skip('this is WSL', where(machine))
        : pass('no WSL', where(machine)),
  },
  {
    id: 'uml',
    group: 'environment',
    weight: 'info',
    title: 'this is not User Mode Linux',
    why: 'Its kernel is a process: take a core of that.',
    reads: '/proc/cpuinfo, /proc/version',
    evaluate: (machine) =>
      machine.environment.platform === 'uml'
        ? skip('this is User Mode Linux', where(machine))
        : pass('no User Mode Linux', where(machine)),
  },
  {
    id: 'cloud-no-reservation',
    group: 'environment',
    weight: 'critical',
    title: 'the cloud image sets memory aside',
    why: 'Stock images of most providers reserve nothing.',
    reads: 'provider, /proc/cmdline',
    isStatic: true,
    fix: fixFor('reserve'),
    evaluate(machine) {
      if (!clouds.includes(machine.environment.platform)) return skip('not a cloud that is known');
      if (machine.kernel.cmdline === undefined) return unknown('the command line is not told');
      return machine.kernel.cmdline.includes('crashkernel=')
        ? pass('it does', where(machine))
        : fail(
            `this image of ${machine.environment.platform} reserves nothing`,
            where(machine),
            seen('/proc/cmdline', 'no crashkernel='),
          );
    },
  },
  {
    id: 'cloud-nmi-ready',
    group: 'environment',
    weight: 'high',
    title: "the provider's diagnostic interrupt makes the guest panic",
    why: 'It is an NMI: without the setting the guest ignores it.',
    reads: 'provider, kernel.unknown_nmi_panic',
    fix: sysctlFix('kernel.unknown_nmi_panic', '1'),
    evaluate(machine) {
      if (
        !['aws', 'azure', 'gce', 'openstack', 'kvm', 'vmware', 'hyperv'].includes(
          machine.environment.platform,
        )
      )
        return skip('no provider with such an interrupt');
      const value = sysctlValue(machine, 'kernel.unknown_nmi_panic');
      if (value.state !== 'known') return notKnown(value, 'kernel.unknown_nmi_panic');
      return value.value === 1
        ? pass('it panics', seen(value.from, 1), where(machine))
        : warn(
            'the interrupt of the provider is ignored: kernel.unknown_nmi_panic is 0',
            seen(value.from, value.value),
            where(machine),
          );
    },
  },
  {
    id: 'ballooned-guest',
    group: 'environment',
    weight: 'medium',
    title: 'the host has not taken memory back',
    why: 'Ballooned pages are slow to read, and sizes are off.',
    reads: 'balloon modules, pages that are offline',
    fix: () => [
      'give the guest its memory back before a rehearsal: virsh setmem DOMAIN SIZE --live',
    ],
    evaluate(machine) {
      if (machine.modules.state !== 'known') return notKnown(machine.modules, 'the loaded modules');
      const found = hasModule(machine, [
        'virtio_balloon',
        'hv_balloon',
        'vmw_balloon',
        'xen_balloon',
      ]);
      if (found.length === 0) return pass('no balloon driver', seen('/proc/modules', 'none'));
      const evidence = seen('/proc/modules', found.join(', '));
      const census = machine.size?.census;
      if (census === undefined || machine.size?.basis !== 'page-flags')
        return unknown(
          `a balloon driver is loaded (${found.join(', ')}); how much it took only the page flags tell (run as root, without --no-predict)`,
          evidence,
        );
      // Ballooned pages are offline to the kernel; a few others always are.
      const takenBytes = census.never * census.pageBytes;
      const taken = seen('/proc/kpageflags', `${census.never} pages offline or absent`);
      return takenBytes > (machine.ramBytes ?? 0) / 50
        ? warn(`about ${formatSize(takenBytes)} were taken back by the host`, evidence, taken)
        : pass('hardly anything was taken back', evidence, taken);
    },
  },
  {
    id: 'passthrough-devices',
    group: 'environment',
    weight: 'high',
    title: 'the dump does not go to a disk that the cloud wipes',
    why: 'An instance store is empty after a stop: the dump is gone.',
    reads: 'mount of the target, provider',
    fix: () => ['put the target on a persistent volume'],
    evaluate(machine) {
      if (!clouds.includes(machine.environment.platform)) return skip('not a cloud that is known');
      const mount = machine.targetMount;
      if (!mount) return unknown('what is mounted is not told here');
      const isEphemeral =
        /\/(?:mnt|resource|ephemeral)/.test(mount.point) || mount.type === 'tmpfs';
      return isEphemeral
        ? warn(`${mount.point} may be an ephemeral disk`, seen(mount.point, mount.source))
        : pass(`it goes to ${mount.point}`, seen(mount.point, mount.source));
    },
  },
  {
    id: 'confidential-vm',
    group: 'environment',
    weight: 'high',
    title: "the guest's memory is not sealed",
    why: 'In SEV-SNP and TDX guests the crash kernel may not start, and nobody outside can take the memory.',
    reads: 'flags in /proc/cpuinfo',
    fix: () => ['update makedumpfile to 1.7.8 or newer', 'sonae check-kdump rehearse'],
    evaluate: (machine) =>
      machine.environment.isConfidential
        ? warn('a confidential guest: only a rehearsal shows whether kdump works', where(machine))
        : pass('no confidential guest', where(machine)),
  },
];
