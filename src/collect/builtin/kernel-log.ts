import type { TakeContext } from '../take-context.ts';

/**
 * The kernel's ring buffer as `dmesg -r` shows it, read without starting a process and without waiting.
 * Records of /dev/kmsg are `level,sequence,microseconds,flags;text` (Documentation/ABI/testing/dev-kmsg).
 */
export async function* kernelLog({ system }: TakeContext): AsyncIterable<string> {
  const read = await system.readFile('/dev/kmsg', { limitBytes: 32 * 1024 * 1024 });
  if (read.state !== 'known') {
    throw new Error(read.state === 'absent' ? 'there is no /dev/kmsg' : `/dev/kmsg: ${read.why}`);
  }
  let expected: number | undefined;
  for (const record of read.bytes.toString('utf8').split('\n')) {
    const match = /^(\d+),(\d+),(\d+),[^;]*;(.*)$/.exec(record);
    if (!match) continue; // continuation lines carry device properties, not text
    const [, level, sequence, micros, text] = match;
    if (expected !== undefined && Number(sequence) > expected) {
      yield `# ${Number(sequence) - expected} records were overwritten before they could be read\n`;
    }
    expected = Number(sequence) + 1;
    const time = (Number(micros) / 1e6).toFixed(6).padStart(12);
    yield `<${Number(level) & 7}>[${time}] ${text}\n`;
  }
}
