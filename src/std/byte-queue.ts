const leastCapacity = 4096;

/**
 * Bytes in order, appended at the end and dropped from the front, in one buffer that is used again and again: what passes
 * through leaves no garbage for the collector. A view that it gave is good until the next `append`.
 */
export class ByteQueue {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** A view of all that waits. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Takes `count` bytes away from the front. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(count: number): void {
    const needed = this.length + count;
    let room = Math.max(leastCapacity, this.#buffer.length);
    while (room < needed) room *= 2;
    // Growing copies; so does moving to the front, into the same buffer.
    const target = room === this.#buffer.length ? this.#buffer : Buffer.allocUnsafeSlow(room);
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = target;
  }
}
