/** What a compressed stream at the start of some bytes holds, and how many of these bytes it takes. */
export interface Unpacked {
  readonly bytes: Buffer;
  readonly length: number;
}
