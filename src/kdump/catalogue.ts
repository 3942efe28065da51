import type { Check } from './check.ts';
import { configurationChecks } from './checks/configuration.ts';
import { kernelChecks } from './checks/kernel.ts';
import { loadedChecks } from './checks/loaded.ts';
import { reservationChecks } from './checks/reservation.ts';
import { targetChecks } from './checks/target.ts';

/** Every check, in the order of a report. */
export const catalogue: readonly Check[] = [
  ...kernelChecks,
  ...reservationChecks,
  ...loadedChecks,
  ...configurationChecks,
  ...targetChecks,
];

/** The check with an id, with or without the prefix that reports show. */
export function findCheck(id: string): Check | undefined {
  const bare = id.replace(/^kdump\//, '');
  return catalogue.find((check) => check.id === bare);
}
