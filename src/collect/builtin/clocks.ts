import type { TakeContext } from '../take-context.ts';
import { readText } from './read-text.ts';

/** The machine's clocks side by side, so that samples show which one jumped. */
export async function* clocks({ system }: TakeContext): AsyncIterable<string> {
  const uptime = (await readText(system, '/proc/uptime'))?.split(' ')[0];
  yield `realtime ${new Date().toISOString()}\n`;
  yield `monotonic ${(performance.now() / 1000).toFixed(6)} s since this process started\n`;
  yield `boottime ${uptime ?? '?'} s since boot\n`;
  for (const path of [
    '/sys/devices/system/clocksource/clocksource0/current_clocksource',
    '/sys/devices/system/clocksource/clocksource0/available_clocksource',
    '/sys/class/rtc/rtc0/since_epoch',
    '/sys/class/rtc/rtc0/date',
    '/sys/class/rtc/rtc0/time',
  ]) {
    yield `${path} ${(await readText(system, path)) ?? '(absent)'}\n`;
  }
}
