/** VMCOREINFO of the dumped kernel (kernel/vmcore_info.c): the addresses and offsets that make it readable. */
export interface VmcoreInfo {
  /** The note as it was found, without trailing NULs. */
  readonly text: string;
  get(key: string): string | undefined;
  /** `SYMBOL(name)`: a runtime address, KASLR included. */
  symbol(name: string): bigint | undefined;
  /** `NUMBER(name)`: decimal, signed, or hexadecimal with 0x. */
  number(name: string): bigint | undefined;
  offset(name: string): number | undefined;
  size(name: string): number | undefined;
  length(name: string): number | undefined;
}

/** Longest note that is looked at; kernels write at most one page, the newest a few. */
export const vmcoreInfoLimit = 65_536;

/** Parses the text of the note. The first of two equal keys counts. Lines that are not `KEY=VALUE` are ignored. */
export function parseVmcoreInfo(bytes: Buffer): VmcoreInfo {
  const all = bytes.toString('latin1', 0, vmcoreInfoLimit);
  const end = all.indexOf('\0');
  const text = end < 0 ? all : all.slice(0, end);
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0 && !values.has(line.slice(0, at))) values.set(line.slice(0, at), line.slice(at + 1));
  }
  const integer = (key: string) => {
    const value = values.get(key);
    if (value === undefined || !/^-?\d{1,20}$/.test(value)) return undefined;
    const parsed = Number(value);
    return Number.isSafeInteger(parsed) ? parsed : undefined;
  };
  return {
    text,
    get: (key) => values.get(key),
    symbol(name) {
      const value = values.get(`SYMBOL(${name})`);
      return value !== undefined && /^[0-9a-f]{1,16}$/i.test(value)
        ? BigInt(`0x${value}`)
        : undefined;
    },
    number(name) {
      const value = values.get(`NUMBER(${name})`);
      if (value === undefined) return undefined;
      if (/^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
      return /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
    },
    offset: (name) => integer(`OFFSET(${name})`),
    size: (name) => integer(`SIZE(${name})`),
    length: (name) => integer(`LENGTH(${name})`),
  };
}
