import type { BundleManifest, BundleRecord } from '../model/bundle.ts';
import type { Redactor } from '../model/redaction.ts';
import { withoutTop } from './clean-entries.ts';
import { addHits, type Hits } from './hits.ts';
import { totalsOf } from './manifest.ts';
import { maskHostName, maskTexts } from './mask-texts.ts';

/** A file after the cleaning. */
export interface Cleaned {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly masked: Hits;
}

/** Rewrites the manifest of a bundle that was cleaned: every text in it passes the redaction too, digests and sizes are those of the new files. */
export function cleanManifest(
  manifest: BundleManifest,
  written: ReadonlyMap<string, Cleaned>,
  dropped: readonly { readonly path: string; readonly reason: string }[],
  redactor: Redactor,
  hits: Hits,
): BundleManifest {
  const reasons = new Map(dropped.map(({ path, reason }) => [withoutTop(path), reason]));
  const records = manifest.records.map((record): BundleRecord => {
    if (record.path === undefined) return record;
    const name = withoutTop(redactor.name(`x/${record.path}`));
    if (record.link !== undefined)
      return { ...record, path: name, link: redactor.name(record.link) };
    const now = written.get(record.path);
    if (now !== undefined) {
      const { path, bytes, sha256 } = now;
      return { ...record, path, bytes, sha256, ...maskedBoth(record.masked, now.masked) };
    }
    const { path: _path, sha256: _sha256, masked: _masked, unmasked: _unmasked, ...rest } = record;
    return {
      ...rest,
      state: 'skipped',
      reason: `left out by the cleaning: ${reasons.get(name) ?? 'not in the bundle'}`,
      bytes: 0,
    };
  });
  const masked = maskTexts(redactor, {
    ...manifest,
    host: { ...manifest.host, name: maskHostName(redactor, manifest.host.name) },
    records,
    totals: totalsOf(records),
  });
  const all = new Map(Object.entries(manifest.redaction.hits));
  addHits(all, hits);
  return { ...masked, redaction: { rules: redactor.rules, hits: Object.fromEntries(all) } };
}

function maskedBoth(before: BundleRecord['masked'], now: Hits): Pick<BundleRecord, 'masked'> {
  const all = new Map(Object.entries(before ?? {}));
  addHits(all, now);
  return all.size === 0 ? {} : { masked: Object.fromEntries(all) };
}
