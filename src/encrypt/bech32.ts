const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
// BIP 173.
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** The bytes of a bech32 text (BIP 173, without its limit of 90 characters, as age uses it), or undefined. */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | undefined {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return undefined;
  const lower = text.toLowerCase();
  const one = lower.lastIndexOf('1');
  if (one < 1 || one + 7 > lower.length || lower.length > 4096) return undefined;
  const prefix = lower.slice(0, one);
  const values = [...lower.slice(one + 1)].map((character) => alphabet.indexOf(character));
  if (values.includes(-1) || checksum([...expand(prefix), ...values]) !== 1) return undefined;
  const bytes = regroup(values.slice(0, -6), 5, 8, false);
  return bytes === undefined ? undefined : { prefix, bytes: Buffer.from(bytes) };
}

/** The bech32 text of some bytes, in lower case. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const values = regroup([...bytes], 8, 5, true) ?? [];
  const sum = checksum([...expand(prefix), ...values, 0, 0, 0, 0, 0, 0]) ^ 1;
  const check = [0, 1, 2, 3, 4, 5].map((index) => (sum >> (5 * (5 - index))) & 31);
  return `${prefix}1${[...values, ...check].map((value) => alphabet[value]).join('')}`;
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map((character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, mask] of generator.entries()) if ((top >> bit) & 1) sum ^= mask;
  }
  return sum;
}

function regroup(
  values: readonly number[],
  from: number,
  to: number,
  isPadded: boolean,
): number[] | undefined {
  let buffer = 0;
  let bits = 0;
  const result: number[] = [];
  for (const value of values) {
    buffer = ((buffer << from) | value) & 0xffff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      result.push((buffer >> bits) & ((1 << to) - 1));
    }
  }
  const rest = (buffer << (to - bits)) & ((1 << to) - 1);
  if (isPadded) return bits > 0 ? [...result, rest] : result;
  return bits >= from || rest !== 0 ? undefined : result;
}
