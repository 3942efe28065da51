import { type BundleScan, scanBundle } from '../../collect/scan-bundle.ts';
import { openSystem } from '../../host/system.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import { forbiddenOriginals } from '../../redact/identity/forbidden-originals.ts';
import { printable } from '../../std/printable.ts';
import { formatCount, formatSize } from '../../std/units.ts';
import { openAliasMapFile } from '../bundle/alias-map-file.ts';
import { openBundleInput } from '../bundle/bundle-input.ts';
import type { Context } from '../context.ts';
import type { CleanOptions } from './clean-options.ts';

/** `sonae clean --verify`: exit status 4 when something that looks like a secret, or an original of the map, is there. */
export async function verifyBundle(
  path: string,
  options: CleanOptions,
  context: Context,
): Promise<ExitCode> {
  const system = openSystem('/');
  try {
    const file = await openAliasMapFile(options.map, options.mapPassphraseFile, system);
    if (options.map !== undefined && !file.isKnown) {
      throw new SonaeError('E_INPUT_ABSENT', `there is no map at ${options.map}`);
    }
    const input = await openBundleInput(path, system);
    const forbidden = options.map === undefined ? undefined : forbiddenOriginals(file.map);
    const scan = await scanBundle(input.codec, input.feed, forbidden);
    await context.print(
      context.isJson ? `${JSON.stringify({ bundle: path, ...scan }, null, 2)}\n` : renderScan(scan),
    );
    if (scan.count > 0) return 4;
    return scan.unseen.length > 0 ? 3 : 0;
  } finally {
    system.close();
  }
}

/** The result for people: one place a line, as grep and editors understand it. */
export function renderScan(scan: BundleScan): string {
  const lines = scan.places.map(({ path, line, rule }) => `${printable(path)}:${line}: ${rule}`);
  if (scan.count > scan.places.length)
    lines.push(`... and ${scan.count - scan.places.length} more`);
  for (const { path, why } of scan.unseen)
    lines.push(`${printable(path)}: not looked into: ${why}`);
  const looked = `${scan.files} entries, ${formatSize(scan.bytes)}`;
  lines.push(
    scan.count === 0
      ? `No secret found in ${looked}.`
      : `${formatCount(scan.count, 'place')} in ${looked} must be looked at before this leaves.`,
  );
  return `${lines.join('\n')}\n`;
}
