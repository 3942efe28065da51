import { writeFileSync } from 'node:fs';
import { explainIoError } from './io-error.ts';

/** Stamps a line into the kernel log (needs root), so that the log saved with a dump tells which crash it is of. */
export function stampKernelLog(line: string): void {
  const path = '/dev/kmsg';
  try {
    writeFileSync(path, `<4>${line}\n`);
  } catch (error) {
    throw explainIoError(error, 'write', path);
  }
}

/** Makes the running kernel panic at once (sysrq.rst, "c"). Does not return where it works. */
export function panicNow(): void {
  const path = '/proc/sysrq-trigger';
  try {
    writeFileSync(path, 'c');
  } catch (error) {
    throw explainIoError(error, 'write', path);
  }
}
