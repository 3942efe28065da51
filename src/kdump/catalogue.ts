import type { Check } from './check.ts';
import { bootFolderChecks } from './checks/boot-folder.ts';
import { captureKernelChecks } from './checks/capture-kernel.ts';
import { clusterChecks } from './checks/cluster.ts';
import { collectorChecks } from './checks/collector.ts';
import { configurationChecks } from './checks/configuration.ts';
import { crashKernelChecks } from './checks/crash-kernel.ts';
import { earlyKdumpChecks } from './checks/early-kdump.ts';
import { environmentChecks } from './checks/environment.ts';
import { initrdContentChecks } from './checks/initrd-content.ts';
import { initrdFileChecks } from './checks/initrd-file.ts';
import { initrdNetworkChecks } from './checks/initrd-network.ts';
import { kernelChecks } from './checks/kernel.ts';
import { kernelTraitChecks } from './checks/kernel-traits.ts';
import { loadedChecks } from './checks/loaded.ts';
import { loadedCurrentChecks } from './checks/loaded-current.ts';
import { logFallbackChecks } from './checks/log-fallback.ts';
import { nextBootChecks } from './checks/next-boot.ts';
import { rehearsalChecks } from './checks/rehearsal.ts';
import { reservationChecks } from './checks/reservation.ts';
import { reservationSizeChecks } from './checks/reservation-size.ts';
import { serviceLogChecks } from './checks/service-log.ts';
import { shippingChecks } from './checks/shipping.ts';
import { targetChecks } from './checks/target.ts';
import { targetDeviceChecks } from './checks/target-device.ts';
import { targetRemoteChecks } from './checks/target-remote.ts';
import { targetSpaceChecks } from './checks/target-space.ts';
import { triggerChecks } from './checks/triggers.ts';
import { watchdogChecks } from './checks/watchdogs.ts';

/** Every check, in the order of a report. */
export const catalogue: readonly Check[] = [
  ...kernelChecks,
  ...crashKernelChecks,
  ...kernelTraitChecks,
  ...reservationChecks,
  ...reservationSizeChecks,
  ...nextBootChecks,
  ...loadedChecks,
  ...earlyKdumpChecks,
  ...loadedCurrentChecks,
  ...serviceLogChecks,
  ...configurationChecks,
  ...collectorChecks,
  ...captureKernelChecks,
  ...initrdFileChecks,
  ...bootFolderChecks,
  ...initrdNetworkChecks,
  ...initrdContentChecks,
  ...targetChecks,
  ...targetDeviceChecks,
  ...targetSpaceChecks,
  ...targetRemoteChecks,
  ...triggerChecks,
  ...watchdogChecks,
  ...clusterChecks,
  ...environmentChecks,
  ...shippingChecks,
  ...logFallbackChecks,
  ...rehearsalChecks,
];

/** The check with an id, with or without the prefix that reports show. */
export function findCheck(id: string): Check | undefined {
  const bare = id.replace(/^kdump\//, '');
  return catalogue.find((check) => check.id === bare);
}
