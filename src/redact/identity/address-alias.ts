import type { AliasMap } from './alias-map.ts';

/**
 * IPv4: every /16 gets a /16 of its own in 240.0.0.0/4 (reserved, RFC 1112: no real machine has one; the
 * documentation prefixes are too small to keep networks apart), private ones in 240 and 241. The third byte is
 * permuted so that common prefixes stay common and 0 and 255 stay what they are; the last byte stays, so that
 * networks, gateways and broadcasts of any mask can still be told. Netmasks, loopback, link-local, multicast and
 * the unspecified address are nobody's and stay, and so do our own aliases.
 */
export function aliasIpv4(map: AliasMap, address: string): string {
  const bytes = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return address;
  if (isSpecial4(a, b, c, d)) return address;
  const original = `${a}.${b}`;
  const network = map.alias('network4', original, (attempt) =>
    nextNetwork(map, original, isPrivate4(a, b), attempt),
  );
  return `${network}.${permutePrefix(map, `4 ${original}`, c, 8)}.${d}`;
}

/** True when the address belongs to a network of the map and was not replaced. */
export function isOriginalIpv4(map: AliasMap, address: string): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return !isSpecial4(a, b, c, d) && map.known('network4').has(`${a}.${b}`);
}

function nextNetwork(map: AliasMap, original: string, isPrivate: boolean, attempt: number): string {
  const [first, count] = isPrivate ? [240, 2 * 256] : [242, 13 * 256];
  // More networks than there is room for: what is left shares one, which tells nothing.
  if (attempt === 0 || attempt > count) return '255.254';
  const index = (map.number(`net ${original}`) + attempt) % count;
  return `${first + (index >> 8)}.${index & 255}`;
}

function isPrivate4(a: number, b: number): boolean {
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

function isSpecial4(a: number, b: number, c: number, d: number): boolean {
  if (a === 0 || a === 127 || a >= 224) return true; // this network, loopback, multicast, masks, our own aliases
  if (a === 169 && b === 254) return true; // link-local, cloud metadata
  return a === 128 && b === 0 && c === 0 && d === 0; // netmask /1
}

// Crypto-PAn in small: each bit is flipped or not by what the key says about the bits above it, so common prefixes
// stay common. Below nothing but zeros, or nothing but ones, none is flipped: networks and broadcasts stay.
function permutePrefix(map: AliasMap, salt: string, value: number, bits: number): number {
  let result = 0;
  for (let index = 0; index < bits; index += 1) {
    const above = value >>> (bits - index);
    const isEdge = above === 0 || above === 2 ** index - 1;
    const flip = isEdge ? 0 : map.number(`${salt} ${index} ${above}`) & 1;
    result = (result << 1) | (((value >>> (bits - 1 - index)) & 1) ^ flip);
  }
  return result;
}

/** Eight groups of an IPv6 address; undefined when the text is none. */
export function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text.length < 2) return undefined;
  const groups = (half: string | undefined) =>
    half === undefined || half === '' ? [] : half.split(':');
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const isShort = halves.length === 2;
  if ([...head, ...tail].some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - head.length - tail.length;
  if (isShort ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<string>(isShort ? missing : 0).fill('0'), ...tail].map((group) =>
    Number.parseInt(group, 16),
  );
}

/**
 * IPv6: a /48 becomes a /48 of 2001:db8::/32 (RFC 3849), the subnet in it stays apart from others, the interface
 * part, which may hold a MAC address, is replaced. Link-local stays link-local; ::, ::1 and multicast stay.
 */
export function aliasIpv6(map: AliasMap, text: string): string {
  const groups = parseIpv6(text);
  if (groups === undefined) return text;
  const [first = 0, second = 0] = groups;
  if (groups.slice(0, 7).every((group) => group === 0) && (groups[7] ?? 0) <= 1) return text;
  if ((first & 0xff00) === 0xff00 || (first === 0x2001 && second === 0xdb8)) return text;
  // fc00::/7, 2002::/16, as in gai.conf: parts of the address space, nobody's.
  if (groups.slice(1).every((one) => one === 0)) return text;
  // IPv4 in IPv6, and prefixes with nothing after them such as 64:ff9b::.
  if (groups.slice(0, 5).every((group) => group === 0)) return text;
  const isLinkLocal = (first & 0xffc0) === 0xfe80;
  const prefix = groups.slice(0, 3).map(hex).join(':');
  const network = isLinkLocal
    ? 'fe80:0:0'
    : map.alias(
        'network6',
        prefix,
        (attempt) => `2001:db8:${hex((map.number(prefix) + attempt) & 0xffff)}`,
      );
  const subnet = isLinkLocal ? 0 : permutePrefix(map, `6 ${prefix}`, groups[3] ?? 0, 16);
  const host = groups.slice(4);
  if (isLinkLocal && host.every((group) => group === 0)) return text;
  // Numbers given by hand (::1, ::53) name nobody.
  const isPlain = host.slice(0, 3).every((group) => group === 0);
  const interfaceId = isPlain ? host : interfaceGroups(map, groups);
  const all = [
    ...network.split(':').map((group) => Number.parseInt(group, 16)),
    subnet,
    ...interfaceId,
  ];
  return renderIpv6(all);
}

function interfaceGroups(map: AliasMap, groups: readonly number[]): number[] {
  const original = groups.slice(4).map(hex).join(':');
  const alias = map.alias('address6', original, (attempt) => {
    const bytes = map.digest(`6i ${original} ${attempt}`);
    return [0, 2, 4, 6]
      .map((at) => hex(at === 0 ? bytes.readUInt16BE(0) | 1 : bytes.readUInt16BE(at)))
      .join(':');
  });
  return alias.split(':').map((group) => Number.parseInt(group, 16));
}

// RFC 5952: the longest run of zeros is `::`.
function renderIpv6(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at += 1) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.map(hex).join(':');
  const head = groups.slice(0, best.at).map(hex).join(':');
  const tail = groups
    .slice(best.at + best.length)
    .map(hex)
    .join(':');
  return `${head}::${tail}`;
}

function hex(group: number): string {
  return group.toString(16);
}

/** MAC: a locally administered address of ours, `02:53:4f` and a number; separator and case as in the original. */
export function aliasMac(map: AliasMap, text: string, keepVendor = false): string {
  const plain = text.replace(/[:-]/g, '').toLowerCase();
  // None, broadcast, multicast of IPv4 and IPv6, spanning tree.
  if (/^(?:0{12}|f{12}|01005e|3333|0180c2)/.test(plain)) return text;
  const alias = map.alias('mac', plain, (attempt) => {
    const low = (map.number(`mac ${plain}`) + attempt) & 0xffffff;
    const vendor = keepVendor ? plain.slice(0, 6) : '02534f';
    return vendor + low.toString(16).padStart(6, '0');
  });
  const separator = text.includes('-') ? '-' : ':';
  const shown = alias.match(/../g)?.join(separator) ?? alias;
  return /[A-F]/.test(text) && !/[a-f]/.test(text) ? shown.toUpperCase() : shown;
}
