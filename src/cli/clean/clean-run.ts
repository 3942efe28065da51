import { basename, dirname } from 'node:path';
import { ArchiveWriter } from '../../collect/archive/archive-writer.ts';
import { codecNames, codecOf } from '../../collect/archive/codec.ts';
import { archiveReader } from '../../collect/archive/read-archive.ts';
import type { BundleOutput, PublishedFile } from '../../collect/bundle-output.ts';
import { type CleanResult, cleanBundle } from '../../collect/clean-bundle.ts';
import { Inventory } from '../../collect/prove-bundle.ts';
import { type Feed, readBundle } from '../../collect/read-bundle.ts';
import { type BundleScan, bundleScanner } from '../../collect/scan-bundle.ts';
import { type OpenSystem, openSystem } from '../../host/system.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Redactor } from '../../model/redaction.ts';
import { forbiddenOriginals } from '../../redact/identity/forbidden-originals.ts';
import {
  type IdentityFacts,
  identitySources,
  mergeFacts,
} from '../../redact/identity/identity-facts.ts';
import { identityRedactor } from '../../redact/identity/identity-redactor.ts';
import { secretRedactor } from '../../redact/secret-redactor.ts';
import { printable } from '../../std/printable.ts';
import { formatSize } from '../../std/units.ts';
import { type AliasMapFile, openAliasMapFile } from '../bundle/alias-map-file.ts';
import { type BundleInput, openBundleInput } from '../bundle/bundle-input.ts';
import { openBundleOutput } from '../bundle/open-bundle-output.ts';
import { loadRedactionRules } from '../bundle/redaction-rules.ts';
import type { Context } from '../context.ts';
import { chooseEncryption } from '../encryption/choose-encryption.ts';
import type { CleanOptions } from './clean-options.ts';
import { renderScan } from './clean-verify.ts';

/** Files that name the machine are read whole up to this size. */
const mostFactBytes = 4 * 1024 * 1024;

/** `sonae clean BUNDLE`: reads it twice, first for who is in it, then to write it anew. */
export async function clean(
  path: string,
  options: CleanOptions,
  context: Context,
): Promise<ExitCode> {
  const format = codecNames.find((name) => name === options.format);
  if (format === undefined)
    throw new SonaeError('E_USAGE', `--format ${options.format}: zst or gz`);
  if (options.keepNames && (options.map !== undefined || options.keyword.length > 0))
    throw new SonaeError(
      'E_USAGE',
      '--keep-names replaces none: it takes no --map and no --keyword',
    );
  const encryption = await chooseEncryption(options, context.reporter);
  const system = openSystem('/');
  try {
    const input = await openBundleInput(path, system);
    const aliases = await openAliasMapFile(options.map, options.mapPassphraseFile, system);
    // Tokens of a second pass carry a letter: those of `collect` in the bundle have numbers of their own.
    const secrets = secretRedactor({ series: 'c', userRules: await loadRedactionRules(system) });
    const redactor = options.keepNames
      ? secrets
      : identityRedactor(secrets, aliases.map, await readFacts(input, options.keyword), {
          keepMacVendor: options.keepMacVendor === true,
        });
    const name = cleanName(redactor, path, format);
    const opened = await openBundleOutput(
      options.output ?? dirname(path),
      name,
      encryption,
      system,
      context.reporter,
    );
    return await write({ input, redactor, aliases, options, context, format, system, ...opened });
  } finally {
    system.close();
  }
}

function cleanName(redactor: Redactor, path: string, format: string): string {
  const stem = basename(path).replace(/\.(?:tar(?:\.\w+)?|tgz|txz)$/, '');
  return `${redactor.name(stem)}-clean.tar.${format}`;
}

async function readFacts(input: BundleInput, keywords: readonly string[]): Promise<IdentityFacts> {
  const found: Partial<IdentityFacts>[] = [{ keywords }];
  let pieces: Buffer[] | undefined;
  let path = '';
  let bytes = 0;
  const reader = archiveReader(input.codec, {
    onEntry(entry) {
      path = entry.path;
      bytes = 0;
      const isWanted =
        entry.size <= mostFactBytes && identitySources.some((source) => source.path.test(path));
      pieces = isWanted ? [] : undefined;
    },
    onContent(chunk) {
      bytes += chunk.length;
      if (bytes <= mostFactBytes) pieces?.push(Buffer.from(chunk));
    },
    onEntryEnd() {
      if (pieces === undefined) return;
      const text = Buffer.concat(pieces).toString('utf8');
      for (const source of identitySources)
        if (source.path.test(path)) found.push(source.read(text));
    },
  });
  try {
    await input.feed((piece) => reader.push(piece));
    await reader.end();
  } catch (error) {
    if (error instanceof SonaeError) throw error;
    throw new SonaeError(
      'E_INTEGRITY',
      `${input.path} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return mergeFacts(found);
}

interface Wiring {
  readonly input: BundleInput;
  readonly redactor: Redactor;
  readonly aliases: AliasMapFile;
  readonly options: CleanOptions;
  readonly context: Context;
  readonly format: 'zst' | 'gz';
  readonly system: OpenSystem;
  readonly output: BundleOutput;
}

async function write(wiring: Wiring): Promise<ExitCode> {
  const { input, redactor, aliases, options, context, output } = wiring;
  const codec = codecOf(wiring.format);
  try {
    const archive = new ArchiveWriter(output.sink, codec);
    const passing = await watchPassing(wiring);
    const result = await cleanBundle({ input, redactor, archive, codec });
    await output.releaseReserve();
    await output.finish();
    const checks = await (passing?.checks ??
      (output.readBack && check(wiring, output.readBack, result)));
    // The map first: a bundle of aliases that nobody can translate is worth little.
    await aliases.save(context.reporter);
    const published = await output.publish(checks?.sha256 ?? '');
    await report(wiring, result, published, checks?.scan);
    if (checks !== undefined && checks.scan.count > 0) return 4;
    return result.truncated.length > 0 ? 3 : 0;
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    if (options.map === undefined && !options.keepNames) {
      context.reporter.emit({
        type: 'notice',
        message:
          'The aliases are forgotten now. With --map FILE they can be translated, and used for the next bundle.',
      });
    }
  }
}

interface Checks {
  /** Of the archive. */
  readonly sha256: string;
  readonly scan: BundleScan;
}

// What only its receiver can decrypt is checked on its way in. The map is complete, and what it forbids known, only when
// everything was seen once: so it is cleaned once into nothing before.
async function watchPassing(
  wiring: Wiring,
): Promise<{ readonly checks: Promise<Checks> } | undefined> {
  const { passing } = wiring.output;
  if (passing === undefined) return undefined;
  const { input, redactor } = wiring;
  const codec = codecOf(wiring.format);
  const archive = new ArchiveWriter({ written: 0, write: async () => undefined }, codec);
  const checks = check(wiring, passing, await cleanBundle({ input, redactor, archive, codec }));
  checks.catch(() => undefined); // awaited after the writing, which fails first
  return { checks };
}

// The manifest must agree with what was written, and the verification must find nothing.
async function check(
  { format, aliases }: Wiring,
  feed: Feed,
  { hasManifest }: CleanResult,
): Promise<Checks> {
  const scanner = bundleScanner(forbiddenOriginals(aliases.map));
  const inventory = new Inventory({ keepsManifest: true });
  const { sha256 } = await readBundle(codecOf(format), feed, [scanner, inventory]);
  const problems = hasManifest ? inventory.compare(inventory.manifest()) : [];
  if (problems.length > 0) {
    throw new SonaeError(
      'E_INTEGRITY',
      `the cleaned bundle does not agree with its manifest: ${problems[0]}`,
    );
  }
  return { sha256, scan: scanner.result() };
}

async function report(
  { context, output, aliases }: Wiring,
  { files, hits, dropped, truncated }: CleanResult,
  published: PublishedFile,
  scan: BundleScan | undefined,
): Promise<void> {
  if (context.isJson) {
    const masked = Object.fromEntries(hits);
    await context.print(
      `${JSON.stringify({ bundle: output.path, encryptedTo: output.receivers, files, masked, dropped, truncated, aliases: aliases.map.size, verification: scan }, null, 2)}\n`,
    );
    return;
  }
  for (const { path, reason } of dropped) {
    context.reporter.emit({ type: 'notice', message: `left out ${printable(path)}: ${reason}` });
  }
  for (const path of truncated) {
    context.reporter.emit({
      type: 'warning',
      message: `${printable(path)} was too large: its first part was kept`,
    });
  }
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...hits]
    .sort((a, b) => b[1] - a[1])
    .map(([rule, count]) => `  ${String(count).padStart(8)}  ${rule}`);
  await context.print(
    `${[
      ...(scan === undefined || scan.count === 0 ? [] : [renderScan(scan).trimEnd()]),
      `${files} files, ${total} places masked${lines.length > 0 ? ':' : ''}`,
      ...lines,
      `${output.path ?? 'standard output'} (${formatSize(published.bytes)})`,
      ...(output.receivers === undefined
        ? []
        : [`encrypted to ${printable(output.receivers.join(', '))}`]),
    ].join('\n')}\n`,
  );
}
