import { printable } from '../../std/printable.ts';
import { formatCount, formatSize } from '../../std/units.ts';
import { howFar } from '../../upload/journal.ts';
import { type Proof, proofs, type Receipt, type ReceiptFile } from '../../upload/receipt.ts';
import type { Target } from '../../upload/target.ts';
import type { UploadPlan } from './plan-upload.ts';
import type { SentShipment } from './run-upload.ts';

const proofWords: Readonly<Record<Proof, string>> = {
  'read-back': 'fetched again and compared',
  digest: 'the remote tells the same SHA-256',
  size: 'the remote tells the same size',
  accepted: 'the remote says that it took it, and tells no more',
};

/** What would be sent where. */
export function renderDryRun({ target, shipments }: UploadPlan, isJson: boolean): string {
  const files = shipments.flatMap(({ receipt }) => receipt.files).filter(isWaiting);
  if (isJson) {
    const plain = shipments.map(({ shipment, receipt, receiptFile }) => ({
      ...shipment,
      files: receipt.files,
      receipt: receiptFile.path,
    }));
    return `${JSON.stringify({ to: target.shown, shipments: plain }, null, 2)}\n`;
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    `Would send ${formatCount(files.length, 'file')} (${formatSize(bytes)}):\n`,
    ...files.map(
      (file) => `  ${placeOf(target.shown, file.remoteName)}  ${formatSize(file.bytes)}\n`,
    ),
    ...shipments
      .filter(({ receipt }) => !receipt.files.every(isWaiting))
      .map(({ receipt }) => `By its receipt, ${printable(howFar(receipt))} already.\n`),
    ...shipments.map(({ receiptFile }) => `Receipt: ${printable(receiptFile.path)}\n`),
    'Nothing was sent, and nobody was asked.\n',
  ].join('');
}

function isWaiting({ state }: ReceiptFile): boolean {
  return state !== 'sent';
}

/** What was sent, how it is known to be there, and where the receipts are. */
export function renderSent(target: Target, sent: readonly SentShipment[], isJson: boolean): string {
  if (isJson) {
    const all = sent.map(({ path, receipt }) => ({ receipt: path, ...receipt }));
    return `${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`;
  }
  return sent.map((one) => renderOne(target, one)).join('\n');
}

function renderOne(target: Target, { path, receipt }: SentShipment): string {
  const { name, files } = receipt;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const first = files[0]?.remoteName ?? '';
  const folder = first.includes('/') ? first.slice(0, first.lastIndexOf('/') + 1) : '';
  const place = placeOf(target.shown, folder === '' ? '{name}' : folder);
  const howMany = files.length === 1 ? '1 file is' : `all ${files.length} files are`;
  return [
    `${printable(name)}: ${howMany} there (${formatSize(bytes)}): ${place}\n`,
    ...proofs.map((proof) => renderProof(proof, files)),
    renderNames(receipt),
    `Receipt: ${printable(path)}\n`,
  ].join('');
}

function renderProof(proof: Proof, files: Receipt['files']): string {
  const count = files.filter((file) => file.proof === proof).length;
  return count === 0 ? '' : `  ${count} of ${files.length}: ${proofWords[proof]}\n`;
}

// Whoever receives them side by side with others must know what they are called.
function renderNames({ kind, files }: Receipt): string {
  const manifest = files.at(-1)?.remoteName ?? '';
  if (kind !== 'chunk-set' || manifest.includes('/')) return '';
  return `There, among others: sonae verify ${manifest}; sonae join ${manifest}\n`;
}

function placeOf(shown: string, remoteName: string): string {
  return printable(shown.replaceAll('{name}', () => remoteName));
}
