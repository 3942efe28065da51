import { writeFileSync } from 'node:fs';

/** Stamps a line into the kernel log (needs root), so that the log saved with a dump tells which crash it is of. */
export function stampKernelLog(line: string): void {
  writeFileSync('/dev/kmsg', `<4>${line}\n`);
}

/** Makes the running kernel panic at once (sysrq.rst, "c"). Does not return where it works. */
export function panicNow(): void {
  writeFileSync('/proc/sysrq-trigger', 'c');
}
