import type { Purpose } from '../facts.ts';
import type { Check, Weight } from './check.ts';

// Checks whose weight depends on what the machine is for.
const weightsByPurpose: Readonly<Record<string, Readonly<Partial<Record<Purpose, Weight>>>>> = {
  'lockup-panic': { ha: 'high', cloud: 'medium' },
  'hung-task-panic': { ha: 'medium' },
  'oom-panic': { ha: 'low' },
  'panic-on-oops': { cloud: 'medium' },
  'nmi-panic': { cloud: 'high', server: 'medium', ha: 'medium' },
  'fence-kdump-configured': { ha: 'critical' },
  'fence-timeout-vs-boot': { ha: 'critical' },
  'cloud-nmi-ready': { server: 'medium', ha: 'medium' },
  'serial-console': { cloud: 'high' },
  'final-action': { cloud: 'high', ha: 'high' },
};

/** How much a check matters on a machine of this purpose. */
export function weightFor({ id, weight }: Pick<Check, 'id' | 'weight'>, purpose: Purpose): Weight {
  return weightsByPurpose[id]?.[purpose] ?? weight;
}
