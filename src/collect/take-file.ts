import type { Step } from '../model/plan.ts';
import type { EvidenceDecision } from '../model/redaction.ts';
import type { CommandRun, FileRead, FoundEntry } from '../model/system.ts';
import { formatSize } from '../std/units.ts';
import {
  convertedPath,
  filePathInBundle,
  storedLinkTarget,
  tailedFileName,
} from './bundle-layout.ts';
import type { EvidenceEnd, EvidenceStart, OpenEvidence } from './evidence-sink.ts';
import { headBytes, isOfKernel, judgeFile } from './judge-file.ts';
import { samplePrefix, type TakeContext } from './take-context.ts';

/** One file that was found, and how much of it may be taken. */
export interface FileToTake {
  readonly step: Step;
  readonly entry: FoundEntry;
  readonly limitBytes: number;
  readonly fallbackFor: readonly string[] | undefined;
}

/** Keeping the end of what was packed means unpacking all before it; more than this costs the machine too much. */
const mostUnpackedBytes = 256 * 1024 * 1024;

/**
 * Takes one file as its kind asks for: text goes through the redaction, packed text is unpacked for it, the rest is
 * kept or left out, and the record says so. Resolves with the bytes read, undefined when nothing was stored.
 */
export async function takeFile(
  file: FileToTake,
  context: TakeContext,
): Promise<number | undefined> {
  const { step, entry } = file;
  const { sink } = context;
  const { path, stat } = entry;
  const source = { file: path };
  const realPath = context.rootLinks.resolve(path);
  const storedPath = samplePrefix(step) + filePathInBundle(realPath);
  if (context.taken.has(storedPath)) return undefined;
  context.taken.add(storedPath);
  if (stat.kind === 'link') {
    sink.link(step, source, storedPath, storedLinkTarget(realPath, stat.target ?? ''));
    return 0;
  }
  if (stat.kind !== 'file') {
    sink.note(step, 'skipped', `not a regular file but a ${stat.kind}: never opened`, source);
    return undefined;
  }
  const decision = await judgeFile(step, entry, storedPath, context);
  const place = { file, realPath, storedPath };
  switch (decision.action) {
    case 'mask':
      return takeBytes(place, {}, context);
    case 'keep':
      return takeBytes(place, keptAs(decision), context);
    case 'convert':
      return takeConverted(place, decision, context);
    case 'drop':
      sink.note(step, 'skipped', `${decision.kind}: ${decision.reason}`, source);
      return undefined;
    default:
      return decision satisfies never;
  }
}

interface Place {
  readonly file: FileToTake;
  readonly realPath: string;
  readonly storedPath: string;
}

function keptAs({
  kind,
  note,
}: Extract<EvidenceDecision, { action: 'keep' }>): Pick<EvidenceStart, 'note' | 'isKept'> {
  return { isKept: true, note: `${kind}, kept as it is: ${note}` };
}

function open(
  { file, realPath, storedPath }: Place,
  how: Pick<EvidenceStart, 'note' | 'isKept'>,
  { sink }: TakeContext,
): OpenEvidence {
  const { step, entry, limitBytes, fallbackFor } = file;
  return sink.open({
    step,
    source: { file: entry.path },
    path: storedPath,
    tailedPath: `${samplePrefix(step)}sos_strings/${step.item.plugin}/${tailedFileName(realPath)}`,
    limitBytes,
    keep: how.isKept ? 'head' : step.item.keep,
    file: entry.stat,
    ...how,
    ...(fallbackFor === undefined ? {} : { fallbackFor }),
  });
}

async function takeBytes(
  place: Place,
  how: Pick<EvidenceStart, 'note' | 'isKept'>,
  context: TakeContext,
): Promise<number> {
  const { step, entry, limitBytes } = place.file;
  const evidence = open(place, how, context);
  if (entry.content) {
    evidence.write(entry.content);
    await evidence.close({ state: 'collected' });
    return evidence.offered;
  }
  const read = await context.system.readFile(entry.path, {
    limitBytes,
    keep: how.isKept ? 'head' : step.item.keep,
    timeoutMs: step.item.limits.timeMs,
    follow: false,
    onData: (chunk) => evidence.write(chunk),
  });
  await evidence.close(endOf(read, entry, step));
  return evidence.offered;
}

// What the converter says decides once more: an archive may come out of a packed file.
async function takeConverted(
  place: Place,
  { kind, argv }: Extract<EvidenceDecision, { action: 'convert' }>,
  context: TakeContext,
): Promise<number | undefined> {
  const { step, entry, limitBytes } = place.file;
  const { sink, system } = context;
  const source = { file: entry.path };
  if (!(await isInside(place.realPath, context))) {
    sink.note(step, 'skipped', `${kind}: below a link, which could lead out of the image`, source);
    return undefined;
  }
  const converted = { ...place, storedPath: convertedPath(place.storedPath) };
  const enough = new AbortController();
  let evidence: OpenEvidence | undefined;
  let inner: EvidenceDecision | undefined;
  const run = await system.run(
    argv.map((word) =>
      word === '{}' ? `${system.isLive ? '' : system.root}${place.realPath}` : word,
    ),
    {
      timeoutMs: step.item.limits.timeMs,
      limitBytes: step.item.keep === 'tail' ? Math.max(limitBytes, mostUnpackedBytes) : limitBytes,
      signal: AbortSignal.any([context.signal, enough.signal]),
      onOutput(chunk) {
        if (inner === undefined) {
          inner = sink.judge(converted.storedPath, chunk.subarray(0, headBytes));
          if (inner.action === 'mask' || inner.action === 'keep') {
            evidence = open(converted, howConverted(kind, argv, inner), context);
          } else enough.abort();
        }
        evidence?.write(chunk);
      },
    },
  );
  if (evidence === undefined) {
    sink.note(step, ...whyNothing(kind, inner, run), source);
    return undefined;
  }
  await evidence.close(endOfConversion(run, step));
  return evidence.offered;
}

function howConverted(
  kind: string,
  [command]: readonly string[],
  inner: Extract<EvidenceDecision, { action: 'mask' | 'keep' }>,
): Pick<EvidenceStart, 'note' | 'isKept'> {
  const note = `${kind}, taken as what ${command} made of it`;
  if (inner.action === 'mask') return { note };
  const kept = keptAs(inner);
  return { ...kept, note: `${note}; ${kept.note}` };
}

// A command does not stay inside of an image: a link on the way could lead it to files of this machine.
async function isInside(path: string, { system }: TakeContext): Promise<boolean> {
  if (system.isLive) return true;
  const parts = path.split('/');
  for (let length = 2; length < parts.length; length += 1) {
    const folder = await system.stat(parts.slice(0, length).join('/'), { follow: false });
    if (folder.state !== 'known' || folder.stat.kind !== 'folder') return false;
  }
  return true;
}

function whyNothing(
  kind: string,
  inner: EvidenceDecision | undefined,
  run: CommandRun,
): ['skipped' | 'failed' | 'empty', string] {
  if (inner?.action === 'drop') return ['skipped', `${inner.kind} in ${kind}: ${inner.reason}`];
  if (inner !== undefined) return ['skipped', `packed more than once: it cannot be searched`];
  if (run.state === 'exited' && run.exitCode === 0) return ['empty', `${kind} with nothing in it`];
  if (run.state === 'absent')
    return [
      'failed',
      `${kind}: what unpacks it is not installed, so it cannot be searched for secrets`,
    ];
  return ['failed', `${kind}: it could not be unpacked: ${firstLine(run) || run.state}`];
}

function endOfConversion(run: CommandRun, step: Step): EvidenceEnd {
  switch (run.state) {
    case 'exited':
      return run.exitCode === 0
        ? { state: 'collected' }
        : { state: 'truncated', reason: `damaged behind this: ${firstLine(run)}` };
    case 'stopped':
      if (run.limit !== 'bytes')
        return { state: 'truncated', reason: 'the run was ended; what came until then was kept' };
      return step.item.keep === 'tail'
        ? {
            state: 'truncated',
            reason: 'too large to be unpacked whole: the end of its first part',
          }
        : { state: 'truncated', reason: 'more than the limit: the first part was kept' };
    case 'timed-out':
      return {
        state: 'timed-out',
        reason: `not unpacked within ${step.item.limits.timeMs / 1000} s; what came until then was kept`,
      };
    default:
      return { state: 'failed', reason: `unpacking ended early: ${run.state}` };
  }
}

function firstLine({ stderr }: CommandRun): string {
  return stderr.toString('latin1').trim().split('\n', 1)[0] ?? '';
}

// What the kernel answers for an attribute that has no value here; not a failure of ours or of the machine.
const noValueCodes = new Set([
  'EIO',
  'EINVAL',
  'ENODEV',
  'ENXIO',
  'EOPNOTSUPP',
  'ENODATA',
  'EPERM',
  'EBUSY',
  'EAGAIN',
  'ESRCH',
  'ENOSYS',
]);

function endOf(read: FileRead, { path, stat }: FoundEntry, step: Step): EvidenceEnd {
  if (read.state === 'known') {
    const part = step.item.keep === 'tail' ? 'newest' : 'first';
    if (read.holeBytes !== undefined)
      return { state: 'truncated', reason: `${formatSize(read.holeBytes)} of zeros were left out` };
    return read.isTruncated
      ? { state: 'truncated', reason: `more than the limit: the ${part} part was kept` }
      : { state: 'collected' };
  }
  if (read.state === 'absent' && path.startsWith('/sys/'))
    return { state: 'empty', reason: 'the kernel has no value there, or it vanished' };
  if (read.state === 'absent')
    return { state: 'absent', reason: 'it vanished before it could be read' };
  if (isOfKernel(path) && (stat.mode & 0o444) === 0)
    return { state: 'not-applicable', reason: 'can only be written' };
  if (isOfKernel(path) && noValueCodes.has(read.code)) {
    return { state: 'empty', reason: `the kernel has no value there (${read.code})` };
  }
  if (read.code === 'EACCES' || read.code === 'EPERM') return { state: 'denied', reason: read.why };
  if (read.code === 'ETIMEDOUT') return { state: 'timed-out', reason: read.why };
  return { state: 'failed', reason: read.why };
}
