import {
  type BundleEnd,
  type BundleManifest,
  type BundleRecord,
  bundleFormatVersion,
} from '../model/bundle.ts';
import { SonaeError } from '../model/error.ts';
import { missingStates } from '../model/outcome.ts';

/** True when something that was asked for is missing, so that the run ends with exit status 3. */
export function isPartial(records: readonly BundleRecord[], ended: BundleEnd): boolean {
  return ended !== 'complete' || records.some(({ state }) => missingStates.has(state));
}

/** The number of records by state. */
export function totalsOf(records: readonly BundleRecord[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { state } of records) totals[state] = (totals[state] ?? 0) + 1;
  return totals;
}

/** The manifest as it is stored: one record a line, so that `grep` is enough to read it. */
export function renderManifest(manifest: BundleManifest): string {
  const { records, ...rest } = manifest;
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  const lines = records.map((record) => `    ${JSON.stringify(record)}`);
  return `${head},\n  "records": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Takes a manifest from its text; throws E_INTEGRITY when it is none, E_FORMAT when it is of a later format. */
export function parseManifest(text: string): BundleManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SonaeError(
      'E_INTEGRITY',
      `sonae/manifest.json is not JSON: ${(error as Error).message}`,
    );
  }
  if (!isManifest(value))
    throw new SonaeError('E_INTEGRITY', 'sonae/manifest.json is not the manifest of a bundle');
  if (value.version > bundleFormatVersion) {
    throw new SonaeError(
      'E_FORMAT',
      `this bundle has format ${value.version}; this sonae reads up to ${bundleFormatVersion}`,
      {
        hint: 'Use a newer sonae; tar and zstd can unpack it all the same.',
      },
    );
  }
  return value;
}

// Only what readers rely on; fields that are not known are ignored.
function isManifest(value: unknown): value is BundleManifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, version, records } = value as Partial<BundleManifest>;
  return (
    format === 'sonae-bundle' &&
    Number.isSafeInteger(version) &&
    Array.isArray(records) &&
    records.every(isRecord)
  );
}

function isRecord(value: unknown): value is BundleRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { step, state, path, sha256, link } = value as Partial<BundleRecord>;
  return (
    typeof step === 'string' &&
    typeof state === 'string' &&
    (path === undefined || typeof path === 'string') &&
    (sha256 === undefined || typeof sha256 === 'string') &&
    (link === undefined || typeof link === 'string')
  );
}
