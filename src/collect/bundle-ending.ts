import { hash } from 'node:crypto';
import type { BundleManifest } from '../model/bundle.ts';
import type { Plan } from '../model/plan.ts';
import type { ArchiveWriter } from './archive/archive-writer.ts';
import { filePathInBundle, relativeTarget } from './bundle-layout.ts';
import { renderManifest } from './manifest.ts';
import { renderReadme } from './readme.ts';
import type { RootLinks } from './root-links.ts';
import { itemIdOf, renderSosLog, renderSosManifest, renderUiLog } from './sos-reports.ts';

/** What the last entries of a bundle are made from. */
export interface Ending {
  readonly archive: ArchiveWriter;
  readonly top: string;
  /** Adds an entry of our own. */
  readonly own: (path: string, text: string) => Promise<void>;
  readonly manifest: BundleManifest;
  readonly plan: Plan;
  readonly rootLinks: RootLinks;
  readonly advice: readonly string[];
}

/**
 * Bytes that the ending of a bundle takes at most, compressed. Digests do not shrink: a record takes about 45 bytes in
 * the two manifests and the log.
 */
export function endingBytes(records: number): number {
  return 64 * 1024 + records * 64;
}

/**
 * Adds what can only be written when all is known: links for readers of sos reports, logs, README, and the manifest last.
 * Resolves with the digest of the manifest, to know it again.
 */
export async function addEnding(ending: Ending): Promise<string> {
  const { own, manifest, plan } = ending;
  const items = new Map([...plan.steps, ...plan.skips].map(({ item }) => [item.id, item]));
  await addRootLinks(ending);
  await addReaderLinks(ending);
  await own('sos_reports/manifest.json', renderSosManifest(manifest, items));
  await own('sos_logs/sos.log', renderSosLog(manifest));
  await own('sos_logs/ui.log', renderUiLog(manifest, items));
  await own('sonae/README.txt', renderReadme(manifest, ending.advice));
  const text = renderManifest(manifest);
  await own('sonae/manifest.json', text);
  return hash('sha256', text);
}

async function addRootLinks({ archive, top, rootLinks, manifest }: Ending): Promise<void> {
  for (const { path, target } of rootLinks.used()) {
    const from = filePathInBundle(path);
    await archive.addLink(
      link(`${top}/${from}`, relativeTarget(from, filePathInBundle(target)), manifest),
    );
  }
}

// `ps -> sos_commands/process/ps_auxwwwm` and its like; the first step that brought something gets the name.
async function addReaderLinks({ archive, top, manifest, plan }: Ending): Promise<void> {
  const wanted = new Map(
    plan.steps.flatMap(({ item }) => (item.link === undefined ? [] : [[item.id, item.link]])),
  );
  const made = new Set<string>();
  for (const record of manifest.records) {
    const name = wanted.get(itemIdOf(record));
    if (
      name === undefined ||
      record.path === undefined ||
      record.link !== undefined ||
      made.has(name)
    )
      continue;
    if (record.path === name) continue;
    made.add(name);
    await archive.addLink(link(`${top}/${name}`, relativeTarget(name, record.path), manifest));
  }
}

function link(path: string, target: string, manifest: BundleManifest) {
  const mtimeMs = Date.parse(manifest.startedAt);
  return { type: 'SymbolicLink', path, target, mode: 0o777, uid: 0, gid: 0, mtimeMs } as const;
}
