import type { KdumpSettings } from '../configuration/settings.ts';
import { cmdlineWords } from '../parse/text.ts';

/** The command line that the capture kernel will be booted with, as far as the configuration decides it. */
export function captureCmdline(settings: KdumpSettings, cmdline: string): readonly string[] {
  const removed = new Set(settings.remove);
  const base = cmdlineWords(settings.cmdline || cmdline).filter(
    (word) => !removed.has(word.replace(/=.*$/, '')),
  );
  return [...base, ...cmdlineWords(settings.append)];
}
