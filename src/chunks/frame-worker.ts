import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Task } from './crew.ts';
import { createFrameCodec, type FrameCodec } from './frame-codec.ts';
import { parseFrameShape } from './frame-header.ts';
import { type CrewMemory, slotOf } from './frame-slot.ts';
import { dataRuns, isAllZero } from './zero-runs.ts';

// A thread of the crew: packs, unpacks or hashes what lies in shared memory, one task after the other.
const memory = workerData as CrewMemory;
const hash = createHash('sha256');
let codec: FrameCodec | undefined;
let zeroFrame: { readonly length: number; readonly packed: Buffer } | undefined;

parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage({ id: task.id, ...perform(task) } satisfies Answer);
});

function perform(task: Task): Omit<Answer, 'id'> {
  switch (task.kind) {
    case 'pack':
      return { packedLength: pack(task.slot, task.length) };
    case 'unpack':
      return unpack(task.slot, task.packedLength, task.length);
    case 'hash':
      hash.update(plainOf(task.slot, task.length));
      return { digest: hash.copy().digest('hex') };
    default:
      return task satisfies never;
  }
}

function pack(slot: number, length: number): number {
  const plain = plainOf(slot, length);
  const packed = packedOf(slot);
  codec ??= createFrameCodec(memory.parameters);
  if (!isAllZero(plain)) return codec.pack(plain, packed);
  // Zero frames of one length are all the same bytes.
  if (zeroFrame?.length !== length) {
    const packedLength = codec.pack(plain, packed);
    zeroFrame = { length, packed: Buffer.from(packed.subarray(0, packedLength)) };
  }
  packed.set(zeroFrame.packed);
  return zeroFrame.packed.length;
}

function unpack(slot: number, packedLength: number, length: number): Omit<Answer, 'id'> {
  const packed = packedOf(slot).subarray(0, packedLength);
  const shape = parseFrameShape(Buffer.from(packed.buffer, packed.byteOffset, packedLength));
  if (typeof shape === 'string') return { problem: shape };
  if (shape.contentSize !== length) {
    return { problem: `expected a frame of ${length} bytes, found one of ${shape.contentSize}` };
  }
  if (shape.packedLength !== packedLength) {
    return { problem: `expected ${packedLength} packed bytes, found ${shape.packedLength}` };
  }
  if (length === 0) return { runs: [] };
  codec ??= createFrameCodec(memory.parameters);
  const plain = plainOf(slot, length);
  const problem = codec.unpack(packed, plain);
  return problem === undefined ? { runs: dataRuns(plain) } : { problem };
}

function plainOf(slot: number, length: number): Uint8Array {
  return slotOf(memory, slot).plain.subarray(0, length);
}

function packedOf(slot: number): Uint8Array {
  return slotOf(memory, slot).packed;
}
