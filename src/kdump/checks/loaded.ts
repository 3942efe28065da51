import { filesThatForbidLoading, isCrashKernelLoaded, loadSwitch } from '../machine/kexec.ts';
import { bootMs, unitStart, unitState } from '../machine/service-unit.ts';
import { type Check, fail, notKnown, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor } from './fixes.ts';

/** A start later than that is one by hand, after an update or a change. */
const longestBootSeconds = 1800;

/** Section 3: is a crash kernel in memory now, and will it be after the next boot? */
export const loadedChecks: readonly Check[] = [
  {
    id: 'crash-kernel-loaded',
    group: 'loaded',
    weight: 'critical',
    title: 'a crash kernel is loaded',
    why: 'This is the one bit that decides whether a panic starts a capture; the tools\' own "ready" and exit status do not.',
    reads: '/sys/kernel/kexec_crash_loaded, /sys/kernel/fadump/registered',
    fix: (machine) => {
      const { crashBytes, request } = machine;
      const isReserved = crashBytes.state !== 'known' || crashBytes.value > 0;
      // Nothing can be loaded into memory that is not there.
      if (isReserved || machine.isFadump) return fixFor('load')(machine);
      return fixFor(request?.word === undefined ? 'reserve' : 'reserveMore')(machine);
    },
    evaluate({ isLoaded, isFadump }) {
      if (isLoaded.state === 'absent')
        return fail(
          'this kernel has no crash kernel support, nothing is loaded',
          seen(isLoaded.from, 'absent'),
        );
      if (isLoaded.state !== 'known') return notKnown(isLoaded, 'whether a crash kernel is loaded');
      return isLoaded.value
        ? pass(
            isFadump ? 'fadump is registered' : 'a crash kernel is loaded',
            seen(isLoaded.from, 1),
          )
        : fail('no crash kernel is loaded: a panic now leaves nothing', seen(isLoaded.from, 0));
    },
  },
  {
    id: 'kdump-unit-state',
    group: 'loaded',
    weight: 'critical',
    title: 'the kdump service starts at boot',
    why: 'A disabled or masked service leaves the machine unprotected after the next reboot; a skipped unit is not "failed" and shows nowhere.',
    reads: 'links in /etc/systemd/system',
    isStatic: true,
    fix: fixFor('enable'),
    evaluate(machine) {
      const { unit } = machine.settings;
      const { state, from } = unitState(machine);
      const isLoaded = isCrashKernelLoaded(machine);
      const evidence = seen(from, state);
      switch (state) {
        case 'enabled':
          return pass(`${unit} is enabled`, evidence);
        case 'masked':
          return fail(`${unit} is masked`, evidence);
        case 'disabled':
          return isLoaded
            ? warn(
                `a crash kernel is loaded, but ${unit} is disabled: gone after the next boot`,
                evidence,
              )
            : fail(`${unit} is disabled`, evidence);
        case 'absent':
          return isLoaded
            ? warn(
                `a crash kernel is loaded, but there is no ${unit} to load it after the next boot`,
                evidence,
              )
            : fail(`there is no ${unit}: the kdump tools are not installed`, evidence);
        case 'unknown':
          return unknown('the links of systemd could not be read', evidence);
        default:
          return state satisfies never;
      }
    },
  },
  {
    id: 'policy-conflict',
    group: 'loaded',
    weight: 'medium',
    title: 'no hardening profile demands kdump off',
    why: 'A profile that masks kdump or forbids kexec should be met with a signed exception, not with a silent gap.',
    reads: 'masked unit, sysctl files that forbid kexec',
    isStatic: true,
    fix: () => [
      'record an exception for kdump in the hardening profile, then remove the setting that is named',
    ],
    evaluate(machine) {
      const { state, from } = unitState(machine);
      const found = [
        ...(state === 'masked' ? [seen(from, 'masked')] : []),
        ...filesThatForbidLoading(machine).map((path) => seen(path, `${loadSwitch} = 1`)),
      ];
      return found.length > 0
        ? warn('the machine is hardened against kdump', ...found)
        : pass(
            'nothing hardens the machine against kdump',
            seen('/etc/sysctl.d', 'kexec_load_disabled not set'),
          );
    },
  },
  {
    id: 'kdump-start-time',
    group: 'loaded',
    weight: 'medium',
    title: 'the crash kernel is loaded soon after boot',
    why: 'A panic while the machine boots is not covered until then.',
    reads: "time of the unit's start against the time of boot",
    fix: fixFor('startEarly'),
    evaluate(machine) {
      const boot = bootMs(machine);
      const start = unitStart(machine);
      if (boot === undefined || start === undefined)
        return unknown('when the service started is not told here');
      const seconds = Math.round((start.atMs - boot) / 1000);
      if (seconds > longestBootSeconds)
        return skip('the service was started again since: when it first was is not told');
      const says = `the service started ${seconds} s after boot`;
      const evidence = seen(start.from, `${seconds} s`);
      return seconds > 120 ? warn(says, evidence) : pass(says, evidence);
    },
  },
];
