import { randomInt } from 'node:crypto';
import { codecOf } from '../../collect/archive/codec.ts';
import type { PublishedFile } from '../../collect/bundle-output.ts';
import { collectBundle } from '../../collect/collect-bundle.ts';
import type { BundleScan } from '../../collect/scan-bundle.ts';
import { surveyHost } from '../../collect/survey.ts';
import { hardwareSummaryArgv } from '../../host/hardware-summary.ts';
import { readHostIdentity } from '../../host/host-identity.ts';
import { readRunCost, yieldToOthers } from '../../host/run-cost.ts';
import type { OpenSystem } from '../../host/system.ts';
import type { BundleManifest, HostIdentity } from '../../model/bundle.ts';
import type { Encryption } from '../../model/encryption.ts';
import { SonaeError } from '../../model/error.ts';
import type { Reporter } from '../../model/event.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Plan } from '../../model/plan.ts';
import type { Profile } from '../../model/profile.ts';
import { mergeItems, planCollection } from '../../profile/plan-collection.ts';
import { coversPath, parseGlob } from '../../std/glob.ts';
import { formatCount, formatDuration, formatSize } from '../../std/units.ts';
import { renderCollectSummary } from '../../ui/collect-summary.ts';
import { renderPlan } from '../../ui/plan-text.ts';
import { openBundleOutput } from '../bundle/open-bundle-output.ts';
import { renderScan } from '../clean/clean-verify.ts';
import type { Context } from '../context.ts';
import { chooseEncryption } from '../encryption/choose-encryption.ts';
import { loadProfiles } from '../load-profiles.ts';
import { version } from '../version.ts';
import { chooseSystem } from './choose-system.ts';
import { openCollectRedaction } from './collect-redaction.ts';
import type { CollectOptions, CollectSettings } from './collect-settings.ts';
import { dumpProducers } from './dump-producers.ts';
import { kdumpProducers } from './kdump-producers.ts';

/** Wires the rooms for one collection: profiles to plan, plan to bundle, bundle to the last screen. */
export async function collect(
  settings: CollectSettings,
  given: CollectOptions,
  context: Context,
): Promise<ExitCode> {
  if (settings.output === '-' && process.stdout.isTTY) {
    throw new SonaeError('E_USAGE', 'a bundle cannot be written to a terminal', {
      hint: "Send it somewhere: sonae collect --output - | ssh HOST 'cat > bundle.tar.zst'",
    });
  }
  const encryption = await chooseEncryption(given, context.reporter);
  const profiles = await loadProfiles(settings.profiles, context.reporter);
  const { system, container } = await chooseSystem(settings.root, context.reporter);
  try {
    const host = await readHostIdentity(system, container);
    const plan = await makePlan(profiles, system, settings);
    if (settings.isDryRun) return await showPlan(plan, context);
    return await takeBundle({ settings, given, encryption, context, system, host, plan, profiles });
  } finally {
    system.close();
  }
}

async function makePlan(
  profiles: readonly Profile[],
  system: OpenSystem,
  settings: CollectSettings,
): Promise<Plan> {
  const view = await surveyHost(system, mergeItems(profiles));
  return planCollection(profiles, view, { maxImpact: settings.maxImpact, root: system.root });
}

async function showPlan(plan: Plan, context: Context): Promise<ExitCode> {
  const steps = plan.steps.map(({ id, take, sample, item }) => ({
    id,
    take,
    sample,
    volatility: item.volatility,
    limits: item.limits,
  }));
  const skips = plan.skips.map(({ id, state, reason }) => ({ id, state, reason }));
  await context.print(
    context.isJson
      ? `${JSON.stringify({ profiles: plan.profiles, steps, skips }, null, 2)}\n`
      : renderPlan(plan),
  );
  return 0;
}

interface Wiring {
  readonly settings: CollectSettings;
  readonly given: CollectOptions;
  readonly encryption: Encryption | undefined;
  readonly context: Context;
  readonly system: OpenSystem;
  readonly host: HostIdentity;
  readonly plan: Plan;
  readonly profiles: readonly Profile[];
}

async function takeBundle(wiring: Wiring): Promise<ExitCode> {
  const { settings, context, system, plan } = wiring;
  const { reporter } = context;
  const redaction = await openCollectRedaction(settings, system);
  // A map that cannot be written is told now, not when there is a bundle that nobody can translate.
  await redaction.save(reporter);
  const host = redaction.nameHost(wiring.host);
  const id = randomId();
  const top = bundleName(settings, host, id);
  const fileName = `${top}.tar.${settings.format}`;
  const producers = [...kdumpProducers(plan, system), ...(await dumpProducers(system))];
  await yieldToOthers(system);
  // From here on there is a file that must get its name or be removed.
  const { output, folder, name } = await openBundleOutput(
    settings.output,
    fileName,
    wiring.encryption,
    system,
    reporter,
  );
  if (folder !== undefined) {
    await refuseToCollectItself(pathInRoot(`${folder}/${name}`, system.root), plan, output.discard);
  }
  announce(wiring, folder === undefined ? 'standard output' : `${folder}/${name}`);
  const { manifest, published, scan } = await collectBundle({
    plan,
    system,
    redactor: redaction.redactor,
    ...(redaction.forbidden === undefined ? {} : { forbidden: redaction.forbidden }),
    output,
    codec: codecOf(settings.format),
    top,
    id,
    ...(settings.case === undefined ? {} : { case: settings.case }),
    ...(settings.owner === undefined ? {} : { owner: settings.owner }),
    host,
    version: version(),
    options: { ...wiring.given },
    jobs: settings.jobs,
    timeLimitMs: settings.timeLimitMs,
    ...(settings.sinceMs === undefined ? {} : { sinceMs: settings.sinceMs }),
    ...(settings.maxBytes === undefined ? {} : { maxBytes: settings.maxBytes }),
    limitFactor: limitFactor(settings.maxBytes),
    producers,
    hardwareSummaryArgv: hardwareSummaryArgv(),
    advice: wiring.profiles.flatMap(({ advice }) => advice),
    reporter,
    signal: context.signal,
    urgent: context.urgent,
    cost: (bytesWritten) => readRunCost(system, bytesWritten),
  });
  await redaction.save(reporter);
  const bundle = {
    ...published,
    ...(output.receivers === undefined ? {} : { encryptedTo: output.receivers }),
  };
  if (output.path === undefined)
    reporter.emit({ type: 'notice', message: renderStreamed(manifest, bundle) });
  else await context.print(renderResult(manifest, { ...bundle, path: output.path }, scan, context));
  for (const { path, why } of scan?.unseen ?? [])
    reporter.emit({ type: 'warning', message: `${path} was not searched for secrets: ${why}` });
  if (scan !== undefined && scan.count > 0) {
    warnOfSecrets(scan, reporter);
    return 4;
  }
  return manifest.isPartial ? 3 : 0;
}

const mostPlacesShown = 50;

function warnOfSecrets(scan: BundleScan, reporter: Reporter): void {
  const lines = renderScan(scan).trimEnd().split('\n');
  const summary = lines.pop() ?? '';
  for (const line of lines.slice(0, mostPlacesShown))
    reporter.emit({ type: 'warning', message: line });
  reporter.emit({
    type: 'warning',
    message: `SECRETS MAY BE LEFT in the bundle: ${summary}`,
    hint: 'Look at these places before it leaves (all of them: sonae clean --verify BUNDLE); a rule in /etc/sonae/redact.d can mask them.',
  });
}

function renderResult(
  manifest: BundleManifest,
  bundle: Bundle & { path: string },
  verification: BundleScan | undefined,
  context: Context,
): string {
  if (context.isQuiet) return `${bundle.path}\n`;
  if (!context.isJson) return renderCollectSummary(manifest, bundle);
  const { records: _records, ...summary } = manifest;
  return `${JSON.stringify({ bundle, ...summary, verification }, null, 2)}\n`;
}

function renderStreamed({ records, ended }: BundleManifest, bundle: Bundle): string {
  const count = records.filter(({ path }) => path !== undefined).length;
  const { bytes, sha256, encryptedTo } = bundle;
  return [
    `${formatSize(bytes)} with ${formatCount(count, 'piece of evidence', 'pieces of evidence')} went to standard output (${ended})`,
    ...(encryptedTo === undefined
      ? []
      : [`, encrypted to ${encryptedTo.join(', ')}, with sha256 ${sha256}`]),
    '; it cannot be read back to prove it or to search it for secrets.',
  ].join('');
}

interface Bundle extends PublishedFile {
  readonly encryptedTo?: readonly string[];
}

// A limit on the result makes every item's own limit smaller: text becomes about a tenth, so nothing below 1 GiB
// needs more than this.
function limitFactor(maxBytes: number | undefined): number {
  return maxBytes === undefined ? 1 : Math.min(1, maxBytes / (256 * 1024 * 1024));
}

function bundleName(
  { case: caseId, isRedacted }: CollectSettings,
  { name }: HostIdentity,
  id: string,
): string {
  const short = (name.split('.')[0] ?? '').replace(/[^A-Za-z0-9-]/g, '_') || 'host';
  const date = new Date().toISOString().slice(0, 10);
  return ['sonae', short, caseId, date, id, isRedacted ? undefined : 'UNREDACTED']
    .filter((part) => part !== undefined)
    .join('-');
}

function randomId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('');
}

// A bundle that is collected into itself grows until the disk is full. Leaving its folder out instead would silently
// lose the evidence beside it: /var/log is a place where people put things.
async function refuseToCollectItself(
  file: string | undefined,
  plan: Plan,
  discard: () => Promise<void>,
): Promise<void> {
  if (file === undefined) return;
  const covers = (pattern: string) => pattern === '/' || coversPath(parseGlob(pattern), file);
  const taking = plan.steps.find(
    ({ take }) => take.kind === 'read' && take.paths.some(covers) && !take.except.some(covers),
  );
  if (taking === undefined) return;
  await discard();
  throw new SonaeError('E_USAGE', `the bundle ${file} would itself be collected (${taking.id})`, {
    hint: 'Use another --output, such as /var/tmp.',
  });
}

// The path as the plan names it; undefined for one outside of the root that is collected.
function pathInRoot(path: string, root: string): string | undefined {
  if (root === '/') return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

// Repeated samples have a duration that is known before: who knows it does not take the wait for a hang.
function durationText({ steps }: Plan, { timeLimitMs }: CollectSettings): string {
  const samplingMs = Math.max(
    0,
    ...steps.map(({ sample, item }) => (sample - 1) * item.samples.intervalMs),
  );
  const least = samplingMs === 0 ? '' : `at least ${formatDuration(samplingMs)} for samples, `;
  return `${least}at most ${formatDuration(timeLimitMs)}`;
}

function announce({ plan, settings, context, system, host }: Wiring, place: string): void {
  const { reporter } = context;
  const what = `${formatCount(plan.steps.length, 'step')} of ${plan.profiles.join(', ')}`;
  const message = `Collecting from ${host.name}: ${what}, read-only, ${durationText(plan, settings)}, into ${place}.`;
  reporter.emit({ type: 'plan', message });
  if (system.isLive && system.uid !== 0) {
    reporter.emit({
      type: 'warning',
      message: 'Not running as root: what only root may read will be missing.',
      hint: 'sudo sonae collect',
    });
  }
}
