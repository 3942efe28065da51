import { createHash } from 'node:crypto';
import type { RemoteAnswer } from '../model/remote.ts';
import { formatSize } from '../std/units.ts';
import { decide, fewAttempts } from './decide.ts';
import { sentence } from './explain-failure.ts';
import type { Proof } from './receipt.ts';
import type { Sending } from './sending.ts';
import type { ShipmentFile } from './shipment.ts';
import { refuseStopped } from './stopped.ts';
import { waitAndTell } from './wait-and-tell.ts';

/** Whether what is at the remote is what was sent. */
export type Verdict =
  | { readonly state: 'same'; readonly proof: Proof }
  | { readonly state: 'other'; readonly says: string };

/** Finds out how it can be known that a file is there, the strongest way first. `told` is what the remote said while taking it. */
export async function prove(file: ShipmentFile, sending: Sending, told?: string): Promise<Verdict> {
  const read = sending.isReadBack ? await readBack(file, sending) : undefined;
  if (read !== undefined) return read;
  if (told === file.sha256) return { state: 'same', proof: 'digest' };
  return judge(file, await askPatiently(file, sending));
}

/** What an answer to a question about a file proves. */
export function judge(file: ShipmentFile, answer: RemoteAnswer): Verdict {
  if (answer.state !== 'there') return { state: 'same', proof: 'accepted' };
  const { bytes, sha256 } = answer;
  if (bytes !== undefined && bytes !== file.bytes) {
    const says = `the remote has ${bytes} bytes of it, not ${file.bytes}`;
    return { state: 'other', says };
  }
  if (sha256 === undefined)
    return { state: 'same', proof: bytes === undefined ? 'accepted' : 'size' };
  return sha256 === file.sha256
    ? { state: 'same', proof: 'digest' }
    : { state: 'other', says: 'the remote tells another digest than what was sent' };
}

/** Asks for a file, again where the way to the remote was broken for a moment; `untold` where asking has no meaning. */
export async function askPatiently(file: ShipmentFile, sending: Sending): Promise<RemoteAnswer> {
  const { target, remote } = sending;
  if (!target.isAskable) return { state: 'untold' };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await remote.ask(target.address(file.remoteName));
    refuseStopped(answer, sending);
    if (answer.state !== 'failed') return answer;
    const situation = { attempt, mostAttempts: fewAttempts, canMakeFolder: false };
    const decision = decide(answer, situation);
    if (decision.do !== 'again') return answer;
    await waitAndTell(sending, sentence(answer, target), decision.afterMs);
  }
}

// Undefined, with a warning, when the remote does not give it back.
async function readBack(file: ShipmentFile, sending: Sending): Promise<Verdict | undefined> {
  const { target, remote, reporter } = sending;
  const hash = createHash('sha256');
  let bytes = 0;
  const answer = await remote.fetch(target.address(file.remoteName), file.bytes, (piece) => {
    hash.update(piece);
    bytes += piece.length;
  });
  refuseStopped(answer, sending);
  if (answer.state === 'failed') {
    const why = answer.says === '' ? answer.reason : answer.says;
    reporter.emit({ type: 'warning', message: `${file.name} could not be read back: ${why}` });
    return undefined;
  }
  if (bytes === file.bytes && hash.digest('hex') === file.sha256)
    return { state: 'same', proof: 'read-back' };
  const size = bytes === file.bytes ? 'other bytes' : formatSize(bytes);
  return { state: 'other', says: `read back, it is not what was sent (${size})` };
}
