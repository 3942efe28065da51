import { fileURLToPath } from 'node:url';
import { sibling } from '../std/sibling.ts';

/** The argv of a child that prints a summary of hardware and operating system as JSON, in its own time. */
export function hardwareSummaryArgv(): readonly string[] {
  return [process.execPath, fileURLToPath(sibling(import.meta.url, 'hardware-summary-process'))];
}
