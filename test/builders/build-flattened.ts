/** One record of a flattened stream. */
export interface FlattenedRecord {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A flattened stream of these records, in this order; always big-endian. */
export function buildFlattened(
  records: readonly FlattenedRecord[],
  options: { readonly hasEnd?: boolean } = {},
): Buffer {
  const head = Buffer.alloc(4096);
  head.write('makedumpfile');
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(1n, 24);
  const parts: Buffer[] = [head];
  for (const { offset, bytes } of records) parts.push(recordHead(offset, bytes.length), bytes);
  if (options.hasEnd !== false) parts.push(recordHead(-1, -1));
  return Buffer.concat(parts);
}

/** A file cut into records of `size` bytes, the first one last: headers come late in real streams. */
export function flatten(file: Buffer, size: number): FlattenedRecord[] {
  const records: FlattenedRecord[] = [];
  for (let offset = 0; offset < file.length; offset += size) {
    records.push({ offset, bytes: file.subarray(offset, offset + size) });
  }
  return [...records.slice(1), ...records.slice(0, 1)];
}

function recordHead(offset: number, size: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigInt64BE(BigInt(offset), 0);
  head.writeBigInt64BE(BigInt(size), 8);
  return head;
}
