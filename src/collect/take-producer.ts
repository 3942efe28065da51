import type { TakeContext } from './take-context.ts';

/** Evidence that another room makes and `cli` hands over: the kdump verdict, the page of a dump. */
export interface Producer {
  readonly id: string;
  /** Place in the bundle. */
  readonly path: string;
  produce(signal: AbortSignal): Promise<string>;
}

/** Stores what a producer makes; one that fails is a record, not the end of the run. */
export async function takeProducer(
  { id, path, produce }: Producer,
  { sink, signal }: TakeContext,
): Promise<void> {
  if (signal.aborted || !sink.isOpen) {
    sink.note({ id }, 'skipped', 'the run ended before its turn');
    return;
  }
  const evidence = sink.open({
    step: { id },
    source: { builtin: id },
    path,
    limitBytes: 16 * 1024 * 1024,
    keep: 'head',
  });
  try {
    evidence.write(Buffer.from(await produce(signal), 'utf8'));
  } catch (error) {
    await evidence.close({ state: 'failed', reason: (error as Error).message });
    return;
  }
  await evidence.close({ state: 'collected' });
}
