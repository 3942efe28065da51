import { bootFolderChecks } from './boot-folder.ts';
import { captureKernelChecks } from './capture-kernel.ts';
import type { Check } from './check.ts';
import { clusterChecks } from './cluster.ts';
import { collectorChecks } from './collector.ts';
import { configurationChecks } from './configuration.ts';
import { crashKernelChecks } from './crash-kernel.ts';
import { earlyKdumpChecks } from './early-kdump.ts';
import { environmentChecks } from './environment.ts';
import { initrdContentChecks } from './initrd-content.ts';
import { initrdFileChecks } from './initrd-file.ts';
import { initrdNetworkChecks } from './initrd-network.ts';
import { kernelChecks } from './kernel.ts';
import { kernelTraitChecks } from './kernel-traits.ts';
import { loadedChecks } from './loaded.ts';
import { loadedCurrentChecks } from './loaded-current.ts';
import { logFallbackChecks } from './log-fallback.ts';
import { nextBootChecks } from './next-boot.ts';
import { rehearsalChecks } from './rehearsal.ts';
import { reservationChecks } from './reservation.ts';
import { reservationSizeChecks } from './reservation-size.ts';
import { serviceLogChecks } from './service-log.ts';
import { shippingChecks } from './shipping.ts';
import { targetChecks } from './target.ts';
import { targetDeviceChecks } from './target-device.ts';
import { targetRemoteChecks } from './target-remote.ts';
import { targetSpaceChecks } from './target-space.ts';
import { triggerChecks } from './triggers.ts';
import { watchdogChecks } from './watchdogs.ts';

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
