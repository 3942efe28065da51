import { join } from 'node:path';
import { openToSend } from '../../host/input-file.ts';
import { SonaeError } from '../../model/error.ts';
import type { SentFile } from '../../model/remote.ts';
import { formatCount, formatSize } from '../../std/units.ts';
import { believed } from '../../upload/believe.ts';
import { howFar, openJournal } from '../../upload/journal.ts';
import { lookFirst } from '../../upload/look-first.ts';
import { openProgress } from '../../upload/progress.ts';
import type { Receipt } from '../../upload/receipt.ts';
import { sendShipment } from '../../upload/send.ts';
import type { Sending } from '../../upload/sending.ts';
import type { ShipmentFile } from '../../upload/shipment.ts';
import { digestOf, type HashedFile } from '../bundle/file-digest.ts';
import type { Context } from '../context.ts';
import type { PlannedShipment, UploadPlan } from './plan-upload.ts';
import type { UploadFlags } from './upload-options.ts';

/** A shipment that is there, and where its receipt is. */
export interface SentShipment {
  readonly path: string;
  readonly receipt: Receipt;
}

/** Sends what was planned: receipts first, then a look at the remote, then the bytes. */
export async function runUpload(
  context: Context,
  plan: UploadPlan,
  flags: UploadFlags,
): Promise<readonly SentShipment[]> {
  const common = openCommon(context, plan, flags);
  const sendings: { readonly path: string; readonly sending: Sending }[] = [];
  for (const planned of plan.shipments) {
    const { receipt, receiptFile } = planned;
    const { path, write } = receiptFile;
    await write(receipt);
    const journal = openJournal(receipt, write, () => new Date());
    const open = (file: ShipmentFile) => openUnchanged(planned, file, context);
    sendings.push({ path, sending: { ...common, journal, open } });
  }
  tellPlan(context, plan);
  for (const { sending } of sendings) await lookFirst(sending);
  for (const { sending } of sendings) tellWhatIsThere(context, sending.journal.receipt);
  for (const { sending } of sendings) await sendShipment(sending);
  return sendings.map(({ path, sending }) => ({ path, receipt: sending.journal.receipt }));
}

function openCommon(
  { reporter, signal }: Context,
  { target, shipments, remote, hasCredentials, caFile }: UploadPlan,
  flags: UploadFlags,
): Omit<Sending, 'journal' | 'open'> {
  return {
    target,
    remote: believed(remote, target.address),
    isReadBack: flags.readBack === true,
    hasCredentials,
    caFile,
    reporter,
    progress: openProgress(reporter, totalBytes(shipments)),
    pause: (ms) => pauseUnless(signal, ms),
    signal,
  };
}

function tellPlan({ reporter }: Context, { target, shipments }: UploadPlan): void {
  const files = shipments.flatMap(({ shipment }) => shipment.files);
  const caseId = shipments[0]?.shipment.case;
  const whose = caseId === undefined ? '' : ` of case ${caseId}`;
  reporter.emit({
    type: 'plan',
    message: `Sending ${formatCount(files.length, 'file')} (${formatSize(totalBytes(shipments))})${whose} to ${target.shown}`,
  });
}

function tellWhatIsThere({ reporter }: Context, receipt: Receipt): void {
  if (receipt.files.every(({ state }) => state !== 'sent')) return;
  reporter.emit({ type: 'notice', message: `${howFar(receipt)} already` });
}

// What is sent is what was hashed: the same file, not written to since. One that needed no hashing before does now.
async function openUnchanged(
  { folder, hashed }: PlannedShipment,
  file: ShipmentFile,
  context: Context,
): Promise<SentFile> {
  const opened = await openToSend(join(folder, file.name)).catch(refuseGone);
  try {
    const before = hashed.get(file.name);
    const isSame =
      before === undefined
        ? (await digestOf(opened, context)).sha256 === file.sha256
        : isUntouched(opened, before);
    if (isSame) return opened;
    throw new SonaeError('E_INPUT_CHANGED', `${opened.path} was changed since it was looked at`, {
      hint: 'Find out what writes to it, and send it anew.',
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function refuseGone(error: unknown): never {
  if (!(error instanceof SonaeError) || error.code !== 'E_INPUT_ABSENT') throw error;
  throw new SonaeError('E_INPUT_CHANGED', `${error.message} any more`, {
    cause: error,
    hint: 'Find out what took it away, and bring it back: --resume goes on.',
  });
}

function isUntouched({ identity, size }: SentFile, before: HashedFile): boolean {
  return (
    size === before.bytes &&
    (['dev', 'ino', 'mtimeMs'] as const).every((key) => identity[key] === before.identity[key])
  );
}

function totalBytes(shipments: readonly PlannedShipment[]): number {
  return shipments
    .flatMap(({ shipment }) => shipment.files)
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
