import { textOf } from '../facts.ts';
import { wantsOf } from '../gather/paths.ts';
import type { Machine } from './machine.ts';

/** What systemd will do with the kdump service at the next boot. */
export interface UnitState {
  readonly state: 'enabled' | 'disabled' | 'masked' | 'absent' | 'unknown';
  readonly from: string;
}

/** Reads the state of the service from systemd's links, so that an image tells it as well. */
export function unitState(machine: Machine): UnitState {
  const { unit } = machine.settings;
  const own = machine.facts.links.get(`/etc/systemd/system/${unit}`);
  if (own?.state === 'known' && own.value === '/dev/null')
    return { state: 'masked', from: own.from };
  const wants = wantsOf(unit).map((path) => machine.facts.links.get(path));
  const enabled = wants.find((link) => link?.state === 'known');
  if (enabled) return { state: 'enabled', from: enabled.from };
  if (wants.some((link) => link?.state === 'unreadable'))
    return { state: 'unknown', from: '/etc/systemd/system' };
  const isInstalled =
    own?.state === 'known' ||
    [...machine.facts.stats].some(
      ([path, fact]) => path.endsWith(`/system/${unit}`) && fact.state === 'known',
    );
  return {
    state: isInstalled ? 'disabled' : 'absent',
    from: `/etc/systemd/system/*.wants/${unit}`,
  };
}

/** When the service was started; undefined where that is not told. systemd makes a link at each start. */
export function unitStart(
  machine: Machine,
): { readonly atMs: number; readonly from: string } | undefined {
  const link = machine.facts.stats.get(`/run/systemd/units/invocation:${machine.settings.unit}`);
  return link?.state === 'known' ? { atMs: link.value.mtimeMs, from: link.from } : undefined;
}

/** When the machine was booted; undefined where that is not told. */
export function bootMs({ facts }: Machine): number | undefined {
  const uptime = Number.parseFloat(textOf(facts, '/proc/uptime') ?? '');
  return Number.isFinite(uptime) ? facts.nowMs - uptime * 1000 : undefined;
}
