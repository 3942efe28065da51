import { textOf } from '../facts.ts';
import { isCrashKernelLoaded } from '../machine/kexec.ts';
import type { Machine } from '../machine/machine.ts';
import type { Watchdog } from '../machine/watchdogs.ts';
import { cmdlineValue } from '../parse/text.ts';
import {
  type Check,
  type CheckOutcome,
  fail,
  notKnown,
  pass,
  seen,
  unknown,
  warn,
} from './check.ts';
import { fixFor } from './fixes.ts';
import { dracutFix } from './setting-fix.ts';

function withWatchdogs(
  machine: Machine,
  judge: (active: readonly Watchdog[], all: readonly Watchdog[]) => CheckOutcome,
): CheckOutcome {
  const { watchdogs } = machine;
  if (watchdogs.state === 'absent')
    return pass('there is no watchdog', seen(watchdogs.from, 'absent'));
  if (watchdogs.state !== 'known') return notKnown(watchdogs, 'the watchdogs');
  return judge(
    watchdogs.value.filter(({ isActive }) => isActive),
    watchdogs.value,
  );
}

const describe = ({ name, identity, isActive, timeout, isUnstoppable }: Watchdog) =>
  seen(
    `/sys/class/watchdog/${name}`,
    `${identity}, ${isActive ? 'active' : 'not active'}, ${timeout ?? '?'} s${isUnstoppable ? ', nowayout' : ''}`,
  );

function systemdSetting(
  machine: Machine,
  name: string,
): { value: string; from: string } | undefined {
  let found: { value: string; from: string } | undefined;
  for (const [path, fact] of machine.facts.files) {
    if (!/\/systemd\/system\.conf/.test(path) || fact.state !== 'known') continue;
    const value = new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, 'm').exec(fact.value.text)?.[1];
    if (value !== undefined) found = { value, from: path };
  }
  return found;
}

/** Section 8: will something reset the machine while it dumps? */
export const watchdogChecks: readonly Check[] = [
  {
    id: 'watchdog-active',
    group: 'watchdogs',
    weight: 'info',
    title: 'which watchdogs run',
    why: 'A watchdog that nobody feeds in the capture kernel resets the machine in the middle of the dump.',
    reads: '/sys/class/watchdog',
    evaluate: (machine) =>
      withWatchdogs(machine, (active, all) =>
        pass(
          active.length === 0
            ? 'none is active'
            : `active: ${active.map(({ identity }) => identity).join(', ')}`,
          ...all.map(describe),
        ),
      ),
  },
  {
    id: 'watchdog-vs-dump-time',
    group: 'watchdogs',
    weight: 'critical',
    title: 'no watchdog fires before the dump is complete',
    why: 'A reset in the middle of the dump leaves vmcore-incomplete and nothing else.',
    reads: 'time-outs of active watchdogs, predicted time, watchdog drivers in the capture initrd',
    fix: (machine) => [
      ...(machine.settings.tooling === 'redhat'
        ? dracutFix('--add watchdog')(machine)
        : fixFor('rebuild')(machine)),
      'or give the watchdog a time-out that is longer than the dump takes',
    ],
    evaluate: (machine) =>
      withWatchdogs(machine, (active) => {
        if (active.length === 0)
          return pass('no watchdog is active', seen('/sys/class/watchdog', 'none active'));
        if (!machine.time) return unknown('the time of the dump could not be predicted');
        const { seconds, highSeconds } = machine.time;
        const { initrd } = machine.facts;
        const isFed =
          initrd.state === 'known' &&
          [...initrd.value.names].some((name) =>
            /watchdog.*\.(?:ko|sh)|wdt[^/]*\.ko|\/wdctl$/.test(name),
          );
        const evidence = [
          ...active.map(describe),
          seen('predicted time', `${seconds} to ${highSeconds} s`),
          seen('capture initrd', isFed ? 'has a watchdog driver' : 'no watchdog driver seen'),
        ];
        if (isFed) return pass('the capture initrd has the driver to feed it', ...evidence);
        const first = active.reduce(
          (least, { timeout }) => Math.min(least, timeout ?? Number.POSITIVE_INFINITY),
          Number.POSITIVE_INFINITY,
        );
        const isHard = active.some(({ isUnstoppable }) => isUnstoppable);
        if (first < seconds && isHard)
          return fail(
            `a watchdog resets the machine after ${first} s, the dump takes ${seconds} to ${highSeconds} s`,
            ...evidence,
          );
        return first < highSeconds
          ? warn(
              `a watchdog can reset the machine after ${first} s, the dump takes ${seconds} to ${highSeconds} s`,
              ...evidence,
            )
          : pass('every watchdog waits long enough', ...evidence);
      }),
  },
  {
    id: 'watchdog-pretimeout',
    group: 'watchdogs',
    weight: 'high',
    title: 'no watchdog makes the capture kernel panic first',
    why: 'A pretimeout sends an NMI: a second panic inside the capture kernel.',
    reads: 'pretimeout, capture command line',
    fix: fixFor('rebuild'),
    evaluate: (machine) =>
      withWatchdogs(machine, (_, all) => {
        const set = all.filter(({ pretimeout }) => (pretimeout ?? 0) > 0);
        if (set.length === 0)
          return pass('no pretimeout is set', seen('/sys/class/watchdog', 'pretimeout 0'));
        // kdumpctl appends <driver>.pretimeout=0 itself.
        return machine.settings.tooling === 'redhat' ||
          machine.captureWords.some((word) => /\.pretimeout=0$/.test(word))
          ? pass('the capture kernel switches it off', ...set.map(describe))
          : warn(
              'a pretimeout is set and the capture kernel does not switch it off',
              ...set.map(describe),
            );
      }),
  },
  {
    id: 'systemd-watchdog',
    group: 'watchdogs',
    weight: 'medium',
    isStatic: true,
    title: 'systemd does not arm the hardware watchdog',
    why: 'RuntimeWatchdogSec opens it so that it cannot be stopped; after a panic nobody feeds it.',
    reads: 'RuntimeWatchdogSec, RebootWatchdogSec',
    fix: () => [
      'set RuntimeWatchdogSec to more than the dump takes in /etc/systemd/system.conf',
      'systemctl daemon-reexec',
    ],
    evaluate(machine) {
      const runtime = systemdSetting(machine, 'RuntimeWatchdogSec');
      return runtime && !/^(?:0|off|infinity)$/.test(runtime.value)
        ? warn(`RuntimeWatchdogSec is ${runtime.value}`, seen(runtime.from, runtime.value))
        : pass('systemd arms none', seen('/etc/systemd/system.conf', runtime?.value ?? 'not set'));
    },
  },
  {
    id: 'bmc-watchdog',
    group: 'watchdogs',
    weight: 'high',
    title: "the management controller's watchdog does not cut the dump",
    why: 'It power-cycles the machine whatever the kernel does.',
    reads: 'ipmi_watchdog module, active watchdogs',
    fix: () => ['ipmitool mc watchdog get', 'ipmitool mc watchdog off'],
    evaluate: (machine) =>
      withWatchdogs(machine, (active) => {
        const ipmi = active.find(({ identity }) => /IPMI/i.test(identity));
        return ipmi
          ? warn('the watchdog of the management controller is running', describe(ipmi))
          : pass('it is not seen to run', seen('/sys/class/watchdog', 'no active IPMI'));
      }),
  },
  {
    id: 'asr-vendor',
    group: 'watchdogs',
    weight: 'medium',
    title: 'no recovery timer of the vendor is armed',
    why: 'HPE ASR and Dell OS recovery reset a machine that seems dead, and the operating system does not see them.',
    reads: 'DMI vendor, hpwdt',
    fix: () => ['look up ASR (HPE) or Automatic System Recovery (Dell) in the firmware setup'],
    evaluate(machine) {
      const vendor = textOf(machine.facts, '/sys/class/dmi/id/sys_vendor');
      if (vendor === undefined) return unknown('the vendor is not told');
      const isHpe = /HPE|Hewlett/.test(vendor);
      const hasHpwdt = machine.modules.state === 'known' && machine.modules.value.has('hpwdt');
      if (
        isHpe &&
        hasHpwdt &&
        textOf(machine.facts, '/sys/module/hpwdt/parameters/kdumptimeout') === '0'
      )
        return pass('hpwdt leaves kdump alone', seen('kdumptimeout', 0));
      return isHpe || /Dell/.test(vendor)
        ? warn(
            `${vendor}: a recovery timer may be armed in the firmware`,
            seen('/sys/class/dmi/id/sys_vendor', vendor),
          )
        : pass('no vendor with such a timer', seen('/sys/class/dmi/id/sys_vendor', vendor));
    },
  },
  {
    id: 'hypervisor-heartbeat',
    group: 'watchdogs',
    weight: 'high',
    title: 'the hypervisor does not reset a guest that dumps',
    why: 'VM monitoring takes a guest that dumps for dead and resets it.',
    reads: 'platform, pvpanic module',
    fix: () => [
      'raise the failure interval of VM monitoring above the time of the dump; libvirt: <on_crash>preserve</on_crash>',
    ],
    evaluate(machine) {
      const { platform } = machine.environment;
      if (platform === 'vmware')
        return warn(
          'vSphere HA may reset the guest while it dumps: compare its interval with the time of the dump',
          seen('platform', platform),
        );
      const hasPvpanic =
        machine.modules.state === 'known' &&
        [...machine.modules.value].some((name) => name.startsWith('pvpanic'));
      return hasPvpanic
        ? warn(
            'pvpanic tells the host of the panic: on_crash decides whether the guest lives on to dump',
            seen('/proc/modules', 'pvpanic'),
          )
        : pass('nothing of the kind is seen from inside', seen('platform', platform));
    },
  },
  {
    id: 'kube-node-fencing',
    group: 'watchdogs',
    weight: 'medium',
    title: 'no controller deletes the node while it dumps',
    why: 'A machine health check deletes a node that does not answer, dump and all.',
    reads: '/var/lib/kubelet',
    isStatic: true,
    fix: () => ['give the MachineHealthCheck a timeout above the time of the dump'],
    evaluate(machine) {
      const kubelet = machine.facts.stats.get('/var/lib/kubelet/config.yaml');
      return kubelet?.state === 'known'
        ? warn(
            'this is a Kubernetes node: compare its health check with the time of the dump',
            seen(kubelet.from, 'there'),
          )
        : pass('no kubelet', seen('/var/lib/kubelet/config.yaml', kubelet?.state ?? 'absent'));
    },
  },
  {
    id: 'panic-reboot-race',
    group: 'watchdogs',
    weight: 'low',
    title: 'a panic without a crash kernel leaves time to read the screen',
    why: 'With kernel.panic of a few seconds and nothing loaded, the message is gone before anybody sees it.',
    reads: 'panic= of the running kernel, loaded state',
    evaluate(machine) {
      const value =
        textOf(machine.facts, '/proc/sys/kernel/panic') ??
        cmdlineValue(machine.kernel.words, 'panic');
      if (value === undefined) return unknown('kernel.panic is not told');
      const seconds = Number.parseInt(value, 10);
      return !isCrashKernelLoaded(machine) && seconds !== 0 && seconds < 10
        ? warn(
            `nothing is loaded and the machine restarts after ${seconds} s`,
            seen('kernel.panic', value),
          )
        : pass('enough time, or a crash kernel', seen('kernel.panic', value));
    },
  },
];
