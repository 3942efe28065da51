import { type InitrdListing, unseenPart } from '../initrd/parse-initrd.ts';
import type { Machine } from '../machine/machine.ts';
import { type CheckOutcome, noTooling, notKnown, skip, unknown } from './check.ts';

/** What stat says of the capture initrd of a release, at the first of its places that tells. */
export function initrdStat(machine: Machine, release = machine.captureRelease) {
  const facts = machine.settings.initrdPaths(release).map((path) => machine.facts.stats.get(path));
  return (
    facts.find((fact) => fact?.state === 'known') ??
    facts.find((fact) => fact?.state === 'unreadable') ??
    facts[0]
  );
}

/** Judges what is in the capture initrd; anything that keeps us from seeing all of it is unknown. */
export function withListing(
  machine: Machine,
  judge: (listing: InitrdListing, from: string) => CheckOutcome,
): CheckOutcome {
  if (machine.settings.tooling === 'none') return noTooling;
  const { initrd } = machine.facts;
  if (initrd.state === 'absent') return skip('there is no capture initrd');
  if (initrd.state !== 'known') return notKnown(initrd, 'the capture initrd');
  const { problem } = initrd.value;
  if (problem) return unknown(`the capture initrd could not be looked into: ${problem}`);
  const unseen = unseenPart(initrd.value);
  return unseen ? unknown(notOpened(unseen, initrd.from)) : judge(initrd.value, initrd.from);
}

/** Says why an initrd was not looked into and who can do it. */
export function notOpened(why: string, path: string): string {
  return `the capture initrd is not opened here: ${why} (lsinitrd or lsinitramfs ${path} lists it)`;
}

/** True when a name in the initrd matches. */
export function hasName({ names }: InitrdListing, pattern: RegExp): boolean {
  for (const name of names) if (pattern.test(name)) return true;
  return false;
}

/** The texts in the initrd whose names match, one behind the other. */
export function textIn({ texts }: InitrdListing, pattern: RegExp): string | undefined {
  const found = [...texts].filter(([name]) => pattern.test(name)).map(([, text]) => text);
  return found.length > 0 ? found.join('\n') : undefined;
}

/** When the capture initrd was made and which of some files were changed after that. */
export function newerThanInitrd(
  machine: Machine,
  paths: readonly string[],
): { at: number; newer: readonly string[] } | undefined {
  const stat = initrdStat(machine);
  if (stat?.state !== 'known') return undefined;
  const at = stat.value.mtimeMs;
  const timeOf = (path: string) => {
    const fact = machine.facts.stats.get(path);
    if (fact?.state === 'known') return fact.value.mtimeMs;
    const file = machine.facts.files.get(path);
    return file?.state === 'known' ? file.value.stat.mtimeMs : 0;
  };
  return { at, newer: paths.filter((path) => timeOf(path) > at + 1000) };
}
