import type { Check } from './check.ts';
import { clusterChecks } from './checks/cluster.ts';
import { configurationChecks } from './checks/configuration.ts';
import { environmentChecks } from './checks/environment.ts';
import { initrdContentChecks } from './checks/initrd-content.ts';
import { initrdFileChecks } from './checks/initrd-file.ts';
import { kernelChecks } from './checks/kernel.ts';
import { loadedChecks } from './checks/loaded.ts';
import { rehearsalChecks } from './checks/rehearsal.ts';
import { reservationChecks } from './checks/reservation.ts';
import { shippingChecks } from './checks/shipping.ts';
import { targetChecks } from './checks/target.ts';
import { triggerChecks } from './checks/triggers.ts';
import { watchdogChecks } from './checks/watchdogs.ts';

/** Every check, in the order of a report. */
export const catalogue: readonly Check[] = [
  ...kernelChecks,
  ...reservationChecks,
  ...loadedChecks,
  ...configurationChecks,
  ...initrdFileChecks,
  ...initrdContentChecks,
  ...targetChecks,
  ...triggerChecks,
  ...watchdogChecks,
  ...clusterChecks,
  ...environmentChecks,
  ...shippingChecks,
  ...rehearsalChecks,
];

/** The check with an id, with or without the prefix that reports show. */
export function findCheck(id: string): Check | undefined {
  const bare = id.replace(/^kdump\//, '');
  return catalogue.find((check) => check.id === bare);
}
