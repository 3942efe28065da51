import { aliasIpv4, aliasIpv6, isOriginalIpv4, parseIpv6 } from './address-alias.ts';
import type { AliasMap } from './alias-map.ts';

// Where the kernel writes addresses as hexadecimal words (net/ipv4/tcp_ipv4.c, fib_trie.c, net/ipv6/addrconf.c, ...).
// Everywhere else such a word is whatever it says, and stays.
const files =
  /(?:^|\/)proc\/(?:[^/]+\/)?net\/(?:(?:tcp|udp|udplite|raw|icmp)6?|route|rt_cache|if_inet6|ipv6_route|igmp6?|anycast6|mcfilter6?)$/;
// Sockets show the words of an address as the processor has them; the other files show bytes in order.
const inWords = /\/(?:tcp|udp|udplite|raw|icmp)6$/;

const ipv6 = /(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])/g;
// `0100007F:0016` of a socket; between tabs in the table of routes.
const ipv4 = /(?<=[ \t])[0-9A-F]{8}(?=:[0-9A-F]{4}(?![0-9A-F])|\t)/g;

/** True for files of the kernel in which addresses are hexadecimal. */
export function hasHexAddresses(path: string): boolean {
  return files.test(path);
}

/** Replaces addresses in such a file, on a little-endian machine as nearly all are. */
export function aliasHexAddresses(
  map: AliasMap,
  text: string,
  path: string,
  onHit: () => void,
): string {
  const counted = (from: string, to: string) => {
    if (to.toLowerCase() !== from.toLowerCase()) onHit();
    return to;
  };
  return text
    .replace(ipv6, (hex) => counted(hex, aliasHex6(map, hex, inWords.test(path))))
    .replace(ipv4, (hex) => counted(hex, aliasHex4(map, hex)));
}

/** True when an address of the map still stands in a line of such a file. */
export function hasOriginalHexAddress(map: AliasMap, line: string): boolean {
  return (line.toUpperCase().match(ipv4) ?? []).some((hex) => isOriginalIpv4(map, dotted(hex)));
}

function aliasHex4(map: AliasMap, hex: string): string {
  return aliasIpv4(map, dotted(hex))
    .split('.')
    .reverse()
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}

function dotted(hex: string): string {
  return [...Buffer.from(hex, 'hex').reverse()].join('.');
}

function aliasHex6(map: AliasMap, hex: string, isInWords: boolean): string {
  const plain = isInWords ? swapWords(hex) : hex;
  // IPv4 in IPv6: its word is the last one.
  if (/^0{20}ffff/i.test(plain)) return hex.slice(0, 24) + aliasHex4(map, hex.slice(24));
  const groups = plain.match(/.{4}/g) ?? [];
  const alias = parseIpv6(aliasIpv6(map, groups.join(':'))) ?? [];
  const bytes = alias.map((group) => group.toString(16).padStart(4, '0')).join('');
  return isInWords ? swapWords(bytes).toUpperCase() : bytes;
}

function swapWords(hex: string): string {
  return Buffer.from(hex, 'hex').swap32().toString('hex');
}
