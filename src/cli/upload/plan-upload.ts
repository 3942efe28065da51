import { basename } from 'node:path';
import { setFiles } from '../../chunks/chunk-set.ts';
import { SonaeError } from '../../model/error.ts';
import { printable } from '../../std/printable.ts';
import { beginReceipt, type Receipt } from '../../upload/receipt.ts';
import type { ShipmentFile } from '../../upload/shipment.ts';
import { parseTarget, type Target } from '../../upload/target.ts';
import { isBundlePath } from '../bundle/bundle-file.ts';
import type { Context } from '../context.ts';
import { type Ownership, ownerFrom, refuseMix } from '../ownership.ts';
import { loadConfig } from '../settings/load-config.ts';
import { version } from '../version.ts';
import type { Departure, Expected } from './departure.ts';
import type { OpenRemote } from './open-remote.ts';
import { beginOrContinue, openReceiptFile, type ReceiptFile } from './receipt-file.ts';
import type { UploadFlags } from './upload-options.ts';

/** One shipment with its receipt. */
export interface PlannedShipment extends Departure {
  readonly receiptFile: ReceiptFile;
  /** What it begins with: a new one, or the one to go on from. */
  readonly receipt: Receipt;
}

/** Everything that will be sent, after every guard on this side. */
export interface UploadPlan extends OpenRemote {
  readonly target: Target;
  readonly shipments: readonly PlannedShipment[];
}

/** Looks at everything that is to be sent, and throws for whatever must not be. Nothing was sent or written when this resolves. */
export async function planUpload(
  context: Context,
  paths: readonly string[],
  flags: UploadFlags,
): Promise<UploadPlan> {
  const { upload: config = {} } = await loadConfig(flags.config);
  const owner = await ownerFrom(flags);
  const to = flags.to ?? config.to;
  if (to === undefined) {
    throw new SonaeError('E_USAGE', 'send where? Give --to URL', {
      hint: 'Or set upload.to in /etc/sonae/config.yaml.',
    });
  }
  // First with any case: what is missing or mistyped is told before gigabytes are read.
  const anyTarget = parseTarget(to, flags.case ?? 'any');
  refuseUnaskable(anyTarget, flags);
  const { openRemote } = await import('./open-remote.ts');
  const opened = await openRemote(context, anyTarget, config, flags);
  const expected = { case: flags.case, owner, isFlat: to.includes('{name}') };
  const shipments: Checked[] = [];
  for (const path of paths) shipments.push(await planOne(context, path, expected, flags));
  if (flags.case === undefined) refuseUntold(shipments);
  refuseMixed(shipments);
  refuseSameNames(shipments.flatMap(({ shipment }) => shipment.files));
  const caseId = flags.case ?? shipments.find(({ ownership }) => ownership?.case)?.ownership?.case;
  const target = parseTarget(to, caseId);
  const planned = shipments.map((one) => ({ ...one, receipt: begin(target, one, flags) }));
  return { target, shipments: planned, ...opened };
}

type Checked = Omit<PlannedShipment, 'receipt'>;

function begin(
  target: Target,
  { shipment, receiptFile, ownership }: Checked,
  flags: UploadFlags,
): Receipt {
  // Nothing tells of an encrypted bundle; then it is of the case that the person says.
  const said = ownership === undefined && flags.case !== undefined ? { case: flags.case } : {};
  const fresh = beginReceipt(
    { ...shipment, ...said },
    { to: target.shown, writer: `sonae ${version()}`, startedAt: new Date().toISOString() },
  );
  return beginOrContinue(receiptFile, fresh, flags.resume === true);
}

async function planOne(
  context: Context,
  path: string,
  expected: Pick<Expected, 'case' | 'owner' | 'isFlat'>,
  flags: UploadFlags,
): Promise<Checked> {
  const isBundle = isBundlePath(path);
  if (!isBundle) await refuseOtherFiles(path);
  const receiptFile = await openReceiptFile(path, flags.receipt);
  const all = {
    ...expected,
    isUnredactedAllowed: flags.unredacted === true,
    arrived: arrivedBy(receiptFile, flags),
  };
  if (isBundle) {
    const { departBundle } = await import('./depart-bundle.ts');
    return { ...(await departBundle(context, path, all)), receiptFile };
  }
  const { departSet } = await import('./depart-set.ts');
  return { ...(await departSet(context, path, all)), receiptFile };
}

// A plain file would be sent without anything that tells whether it arrived.
async function refuseOtherFiles(path: string): Promise<void> {
  const { openInput } = await import('../../host/input-file.ts');
  if (basename(path) === setFiles.manifest) return;
  const input = await openInput(path).catch((error: unknown) => {
    if (error instanceof SonaeError && error.code === 'E_USAGE') return undefined; // a folder
    throw error;
  });
  if (input === undefined) return;
  await input.close();
  throw new SonaeError('E_USAGE', `${path} is neither a bundle nor the folder of a chunk set`, {
    hint: /\.(?:sha256|receipt\.json)$/.test(path)
      ? 'Name the bundle or the folder alone: what belongs to it goes along.'
      : `Make a set of it first: sonae split ${path}`,
  });
}

function arrivedBy({ found }: ReceiptFile, { resume }: UploadFlags): ReadonlyMap<string, string> {
  const files = resume === true ? (found?.files ?? []) : [];
  return new Map(
    files.filter(({ state }) => state === 'sent').map(({ name, sha256 }) => [name, sha256]),
  );
}

function refuseUnaskable({ isAskable }: Target, { readBack }: UploadFlags): void {
  if (isAskable || readBack !== true) return;
  throw new SonaeError(
    'E_USAGE',
    '--read-back: a program takes the files, nothing gives them back',
    {
      hint: 'Where {name} is behind a question mark, the address is not that of the file.',
    },
  );
}

// Beside others, what nothing tells of might be of another case, and would go to the place of theirs.
function refuseUntold(shipments: readonly Checked[]): void {
  const untold = shipments.find(({ ownership }) => ownership === undefined);
  if (untold === undefined || shipments.length === 1) return;
  throw new SonaeError(
    'E_REFUSED',
    `${untold.shipment.path} is encrypted: whether it is of the same case as the others cannot be told`,
    { hint: 'Say of which case all of them are with --case, or send it alone.' },
  );
}

// Of an encrypted bundle nothing is known to be held against the others: then the person said whose they are.
function refuseMixed(shipments: readonly Checked[]): void {
  let first: { readonly path: string; readonly ownership: Ownership } | undefined;
  for (const { shipment, ownership } of shipments) {
    if (ownership === undefined) continue;
    const next = { path: shipment.path, ownership };
    first ??= next;
    refuseMix(first, next);
  }
}

function refuseSameNames(files: readonly ShipmentFile[]): void {
  const seen = new Set<string>();
  for (const { remoteName } of files) {
    if (seen.has(remoteName)) {
      throw new SonaeError('E_USAGE', `two things would be called ${printable(remoteName)} there`, {
        hint: 'Send them one by one, to different places.',
      });
    }
    seen.add(remoteName);
  }
}
