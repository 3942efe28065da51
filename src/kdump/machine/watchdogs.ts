import { absent, type Fact, known } from '../../model/fact.ts';
import type { Facts } from '../facts.ts';
import { parseNumber } from '../parse/text.ts';

/** One hardware or software watchdog of /sys/class/watchdog. */
export interface Watchdog {
  readonly name: string;
  readonly identity: string;
  readonly isActive: boolean;
  /** Seconds; undefined when the driver does not say. */
  readonly timeout: number | undefined;
  readonly pretimeout: number | undefined;
  /** True when it cannot be stopped once it was opened. */
  readonly isUnstoppable: boolean;
  /** WDIOF_CARDRESET in bootstatus: the last start was this watchdog's doing. */
  readonly causedLastBoot: boolean;
}

const cardReset = 0x20; // include/uapi/linux/watchdog.h

/** The watchdogs of the machine; `absent` when there is no watchdog class at all. */
export function readWatchdogs(facts: Facts): Fact<readonly Watchdog[]> {
  const folder = facts.folders.get('/sys/class/watchdog');
  if (!folder || folder.state === 'absent') return absent('/sys/class/watchdog');
  if (folder.state !== 'known') return folder;
  const names = folder.value.filter((name) => /^watchdog\d+$/.test(name));
  const read = (name: string, file: string) => {
    const fact = facts.files.get(`/sys/class/watchdog/${name}/${file}`);
    return fact?.state === 'known' ? fact.value.text.trim() : undefined;
  };
  return known(
    names.map((name) => ({
      name,
      identity: read(name, 'identity') ?? 'unknown',
      isActive: read(name, 'state') === 'active',
      timeout: parseNumber(read(name, 'timeout') ?? ''),
      pretimeout: parseNumber(read(name, 'pretimeout') ?? ''),
      isUnstoppable: read(name, 'nowayout') === '1',
      causedLastBoot: ((parseNumber(read(name, 'bootstatus') ?? '') ?? 0) & cardReset) !== 0,
    })),
    '/sys/class/watchdog',
  );
}
