import type { BundleEnd, BundleManifest, HostIdentity } from '../model/bundle.ts';
import { bundleFormatVersion } from '../model/bundle.ts';
import { SonaeError } from '../model/error.ts';
import type { Reporter } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Redactor } from '../model/redaction.ts';
import type { System } from '../model/system.ts';
import type { ForbiddenWords } from '../redact/verify-scan.ts';
import { ArchiveWriter } from './archive/archive-writer.ts';
import type { Codec } from './archive/codec.ts';
import { addEnding, endingBytes } from './bundle-ending.ts';
import type { BundleOutput, PublishedFile } from './bundle-output.ts';
import { collectProgress } from './collect-progress.ts';
import { type EvidenceSink, evidenceSink } from './evidence-sink.ts';
import {
  compareFingerprints,
  digestFingerprint,
  type Fingerprint,
  takeFingerprint,
} from './fingerprint.ts';
import { isPartial, totalsOf } from './manifest.ts';
import { maskTexts } from './mask-texts.ts';
import { Inventory } from './prove-bundle.ts';
import { readBundle } from './read-bundle.ts';
import { readRootLinks } from './root-links.ts';
import { runSteps } from './run-steps.ts';
import { type BundleScan, bundleScanner } from './scan-bundle.ts';
import { renderVersion } from './sos-reports.ts';
import type { TakeContext } from './take-context.ts';
import { type Producer, takeProducer } from './take-producer.ts';
import { takeStep } from './take-step.ts';

/** Everything one run needs, already decided. */
export interface CollectRequest {
  readonly plan: Plan;
  readonly system: System;
  readonly redactor: Redactor;
  /** Names and addresses that were replaced and must not be found again. */
  readonly forbidden?: ForbiddenWords;
  readonly output: BundleOutput;
  readonly codec: Codec;
  /** Top folder of the archive. */
  readonly top: string;
  readonly id: string;
  readonly case?: string;
  /** Whose data it is, for the manifest. */
  readonly owner?: string;
  readonly host: HostIdentity;
  readonly version: string;
  /** As given, for the manifest. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly jobs: number;
  readonly timeLimitMs: number;
  readonly sinceMs?: number;
  readonly maxBytes?: number;
  readonly limitFactor: number;
  readonly producers: readonly Producer[];
  readonly hardwareSummaryArgv: readonly string[];
  readonly advice: readonly string[];
  readonly reporter: Reporter;
  /** First Ctrl-C: finish what runs, write the manifest. */
  readonly signal: AbortSignal;
  /** Second: stop at once. */
  readonly urgent: AbortSignal;
  /** What the run cost until now; read when the manifest is written. */
  readonly cost: (bytesWritten: number) => BundleManifest['cost'];
}

/** What came of a run. */
export interface CollectResult {
  readonly manifest: BundleManifest;
  readonly published: PublishedFile;
  /** What the second reading found that should have been masked; absent without a redaction, or through a pipe. */
  readonly scan?: BundleScan;
}

/** Collects: plan to evidence to bundle, and proves the bundle before it gets its name. */
export async function collectBundle(request: CollectRequest): Promise<CollectResult> {
  const { codec, output } = request;
  const check = openCheck(request);
  try {
    // What only its receiver can decrypt is looked at on its way in, everything else as the disk gives it back.
    const passing = output.passing && readBundle(codec, output.passing, check.readers);
    passing?.catch(() => undefined); // awaited after the writing, which fails first
    const written = await writeBundle(request);
    await output.finish();
    const digest = await (passing ??
      (output.readBack && readBundle(codec, output.readBack, check.readers)));
    const scan = digest && check.judge(written);
    const published = await output.publish(digest?.sha256 ?? '');
    return { manifest: written.manifest, published, ...(scan ? { scan } : {}) };
  } catch (error) {
    await output.discard().catch(() => undefined); // what failed first is what matters
    throw error;
  }
}

interface Written {
  readonly manifest: BundleManifest;
  readonly manifestSha256: string;
}

async function writeBundle(request: CollectRequest): Promise<Written> {
  const { codec, output, redactor, system, top } = request;
  const startedAt = new Date();
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const archive = new ArchiveWriter(output.sink, codec, {
    ...(request.maxBytes ? { maxBytes: request.maxBytes } : {}),
    endingBytes: () => endingBytes(sink.records.length),
  });
  const sink = evidenceSink({ archive, codec, redactor, top, startedAt, elapsedMs });
  const own = ownEntries(archive, top, startedAt);

  await own('version.txt', renderVersion(request.version));
  const fingerprintBefore = takeFingerprint(system);
  const context = await takeContext(request, sink);
  const ended = await takeEverything(request, context, archive);
  const fingerprints = { before: await fingerprintBefore, after: await takeFingerprint(system) };

  await output.releaseReserve();
  const manifest = makeManifest(request, {
    startedAt,
    durationMs: elapsedMs(),
    ended,
    sink,
    archive,
    fingerprints,
  });
  await archive.beginEnding();
  const manifestSha256 = await addEnding({
    archive,
    top,
    own,
    manifest,
    plan: request.plan,
    rootLinks: context.rootLinks,
    advice: request.advice,
  });
  await archive.finish();
  return { manifest, manifestSha256 };
}

// Entries of our own making: small, never refused while there is room.
function ownEntries(archive: ArchiveWriter, top: string, at: Date) {
  return async (path: string, text: string): Promise<void> => {
    const bytes = Buffer.from(text, 'utf8');
    await archive.addFile(
      {
        type: 'File',
        path: `${top}/${path}`,
        size: bytes.length,
        mode: 0o600,
        uid: 0,
        gid: 0,
        mtimeMs: at.getTime(),
      },
      { bytes: bytes.length, sha256: '', isTruncated: false, content: { kind: 'raw', bytes } },
    );
  };
}

async function takeContext(request: CollectRequest, sink: EvidenceSink): Promise<TakeContext> {
  const deadline = AbortSignal.timeout(request.timeLimitMs);
  return {
    system: request.system,
    sink,
    signal: AbortSignal.any([request.signal, request.urgent, deadline]),
    ...(request.sinceMs === undefined ? {} : { sinceMs: request.sinceMs }),
    limitFactor: request.limitFactor,
    rootLinks: await readRootLinks(request.system),
    taken: new Set(),
    hardwareSummaryArgv: request.hardwareSummaryArgv,
  };
}

async function takeEverything(
  request: CollectRequest,
  context: TakeContext,
  archive: ArchiveWriter,
): Promise<BundleEnd> {
  const { plan, reporter } = request;
  const { sink } = context;
  for (const { id, state, reason } of plan.skips) sink.note({ id }, state, reason, undefined, 0);
  const pace = { total: plan.steps.length, timeLimitMs: request.timeLimitMs };
  const listener = collectProgress(pace, reporter, sink, archive);
  const left = await runSteps(
    plan.steps,
    { jobs: request.jobs, signal: context.signal, listener },
    (step) => takeStep(step, context),
  );
  for (const step of left) sink.note(step, 'skipped', 'the run ended before its turn');
  for (const producer of request.producers) await takeProducer(producer, context);
  await sink.storeLinks();
  await archive.flush();
  if (request.urgent.aborted)
    throw new SonaeError('E_INTERRUPTED', 'stopped at once, nothing was kept');
  if (request.signal.aborted) return 'interrupted';
  if (archive.fullness) return archive.fullness;
  return context.signal.aborted ? 'time-limit' : 'complete';
}

interface RunFacts {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly ended: BundleEnd;
  readonly sink: EvidenceSink;
  readonly archive: ArchiveWriter;
  readonly fingerprints: { readonly before: Fingerprint; readonly after: Fingerprint };
}

function makeManifest(request: CollectRequest, facts: RunFacts): BundleManifest {
  const { sink, archive, fingerprints, ended } = facts;
  const lost = new Set(archive.lost.map((path) => path.slice(request.top.length + 1)));
  const records = sink.records.map((record) =>
    record.path !== undefined && lost.has(record.path) ? withoutRoom(record) : record,
  );
  const manifest: BundleManifest = {
    format: 'sonae-bundle',
    version: bundleFormatVersion,
    sonae: request.version,
    id: request.id,
    ...(request.case === undefined ? {} : { case: request.case }),
    ...(request.owner === undefined ? {} : { owner: request.owner }),
    host: request.host,
    options: request.options,
    profiles: request.plan.profiles,
    startedAt: facts.startedAt.toISOString(),
    endedAt: new Date(facts.startedAt.getTime() + facts.durationMs).toISOString(),
    durationMs: Math.round(facts.durationMs),
    ended,
    isPartial: isPartial(records, ended),
    redaction: { rules: request.redactor.rules, hits: Object.fromEntries(sink.hits) },
    totals: totalsOf(records),
    fingerprint: {
      before: digestFingerprint(fingerprints.before),
      after: digestFingerprint(fingerprints.after),
      changes: compareFingerprints(fingerprints.before, fingerprints.after),
    },
    cost: request.cost(archive.written),
    records,
  };
  // Host, commands and paths in it name people too; options and changes can hold secrets.
  if (request.forbidden !== undefined) return maskTexts(request.redactor, manifest);
  const { records: told, ...rest } = manifest;
  return { ...maskTexts(request.redactor, rest), records: told };
}

// What was accepted into a block that then found the disk full.
function withoutRoom({
  path: _path,
  sha256: _sha256,
  link: _link,
  ...record
}: EvidenceSink['records'][number]) {
  return { ...record, state: 'failed', reason: 'no room left in the bundle', bytes: 0 } as const;
}

// One reading for two questions: is it what was written, and is there a secret in it? The second is asked by rules that
// are not those of the redaction: a fault in one is not a fault in both.
function openCheck({ redactor, forbidden }: CollectRequest) {
  const inventory = new Inventory({ keepsManifest: false });
  const scanner = redactor.rules === 'none' ? undefined : bundleScanner(forbidden);
  return {
    readers: scanner ? [inventory, scanner] : [inventory],
    judge({ manifest, manifestSha256 }: Written): BundleScan | undefined {
      const [problem] = inventory.compareKnown(manifest, manifestSha256);
      if (problem === undefined) return scanner?.result();
      throw new SonaeError(
        'E_INTEGRITY',
        `the bundle on the disk is not what was written: ${problem}`,
        {
          hint: 'The disk or its driver may be failing. Try another --output, or --output - into ssh.',
        },
      );
    },
  };
}
