import type { EvidenceDecision } from '../model/redaction.ts';

interface BinaryKind {
  readonly kind: string;
  readonly isIt: (head: Buffer, path: string) => boolean;
  readonly decision: EvidenceDecision;
}

const startsWith =
  (...bytes: readonly number[]) =>
  (head: Buffer) =>
    bytes.every((byte, index) => head[index] === byte);
const textAt =
  (text: string, at = 0) =>
  (head: Buffer) =>
    head.length >= at + text.length && head.toString('latin1', at, at + text.length) === text;

const drop = (kind: string, reason: string): EvidenceDecision => ({ action: 'drop', kind, reason });
const keep = (kind: string, note: string, hasNames = true): EvidenceDecision => ({
  action: 'keep',
  kind,
  note,
  hasNames,
});

// First match decides. Magic numbers from file(1) and the headers of each format.
const kinds: readonly BinaryKind[] = [
  {
    kind: 'systemd journal',
    isIt: textAt('LPKSHHRH'),
    decision: {
      action: 'convert',
      kind: 'systemd journal',
      argv: ['journalctl', '--file', '{}', '--no-pager', '-o', 'short-precise'],
    },
  },
  {
    // sysstat: FILE_MAGIC 0xd596 at the start, either byte order.
    kind: 'sar data',
    isIt: (head) => startsWith(0x96, 0xd5)(head) || startsWith(0xd5, 0x96)(head),
    decision: keep('sar data', 'counters of the kernel and the host name; no text of users'),
  },
  {
    kind: 'records of failed logins',
    isIt: (head, path) => /(?:^|\/)btmp(?:[.-]\d+)?$/.test(path) && isBinary(head),
    decision: drop(
      'records of failed logins',
      'they hold whatever was typed as a user name, passwords too',
    ),
  },
  {
    kind: 'login records',
    isIt: (head, path) =>
      /(?:^|\/)(?:[wu]tmp|lastlog|faillog)(?:[.-]\d+)?$/.test(path) && isBinary(head),
    decision: keep(
      'login records',
      'names of users, terminals and addresses; nothing that was typed',
    ),
  },
  {
    kind: 'time zone',
    isIt: textAt('TZif'),
    decision: keep('time zone', 'a public table', false),
  },
  {
    // OpenPGP (RFC 9580): the first packet is a public key, of the old or the new format.
    kind: 'public keys',
    isIt: (head, path) =>
      /\.(?:gpg|pgp)$/.test(path) && /^[\x98\x99\xc6]/.test(head.toString('latin1', 0, 1)),
    decision: keep('public keys', 'OpenPGP keys that packages are checked with'),
  },
  {
    // Those of the licence hold a product key.
    kind: 'ACPI table',
    isIt: (head, path) =>
      /(?:^|\/)sys\/firmware\/acpi\/tables\/(?!MSDM|SLIC)/.test(path) && isBinary(head),
    decision: keep('ACPI table', 'how the firmware describes the hardware', false),
  },
  {
    kind: 'SQLite database',
    isIt: textAt('SQLite format 3\0'),
    decision: drop('SQLite database', 'a database may hold anything'),
  },
  {
    kind: 'Berkeley database',
    isIt: (head) => startsWith(0x61, 0x15, 0x06, 0)(head.subarray(12)),
    decision: drop('Berkeley database', 'a database may hold anything'),
  },
  {
    // Text, but the one text that must never be in a bundle, wherever somebody keeps it.
    kind: 'map of aliases',
    isIt: (head) => /^\{\s{0,20}"format":\s?"sonae-alias-map"/.test(head.toString('latin1', 0, 80)),
    decision: drop('map of aliases', 'it says who is who in bundles that were anonymized'),
  },
  {
    kind: 'Java key store',
    isIt: startsWith(0xfe, 0xed, 0xfe, 0xed),
    decision: drop('Java key store', 'it holds private keys'),
  },
  {
    kind: 'Kerberos key table',
    isIt: (head, path) => startsWith(5, 2)(head) || path.endsWith('.keytab'),
    decision: drop('Kerberos key table', 'it holds keys'),
  },
  {
    kind: 'PKCS#12 or DER',
    isIt: (head, path) => startsWith(0x30, 0x82)(head) && /\.(?:p12|pfx|der|key|jks)$/i.test(path),
    decision: drop('PKCS#12 or DER', 'it may hold a private key'),
  },
  {
    kind: 'memory dump',
    isIt: (head) =>
      textAt('KDUMP   ')(head) || textAt('DISKDUMP')(head) || textAt('makedumpfile')(head),
    decision: drop('memory dump', 'memory holds everything; see `sonae split`'),
  },
  {
    kind: 'ELF',
    isIt: startsWith(0x7f, 0x45, 0x4c, 0x46),
    decision: drop('ELF', 'a core file holds memory; a program is known from its package'),
  },
  {
    kind: 'gzip',
    isIt: startsWith(0x1f, 0x8b),
    decision: { action: 'convert', kind: 'gzip', argv: ['gzip', '-dc', '{}'] },
  },
  {
    kind: 'xz',
    isIt: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    decision: { action: 'convert', kind: 'xz', argv: ['xz', '-dc', '{}'] },
  },
  {
    kind: 'zstd',
    isIt: startsWith(0x28, 0xb5, 0x2f, 0xfd),
    decision: { action: 'convert', kind: 'zstd', argv: ['zstd', '-dcq', '{}'] },
  },
  {
    kind: 'bzip2',
    isIt: textAt('BZh'),
    decision: { action: 'convert', kind: 'bzip2', argv: ['bzip2', '-dc', '{}'] },
  },
  {
    kind: 'zip',
    isIt: textAt('PK\x03\x04'),
    decision: drop('zip', 'an archive may hold anything'),
  },
  {
    kind: 'tar',
    isIt: textAt('ustar', 257),
    decision: drop('tar', 'an archive may hold anything'),
  },
  {
    kind: 'image',
    isIt: (head) => textAt('\x89PNG')(head) || startsWith(0xff, 0xd8, 0xff)(head),
    decision: drop('image', 'a picture cannot be searched for secrets'),
  },
];

/** Decides from the path and the first bytes; 4 KiB are plenty. */
export function judgeBinary(path: string, head: Buffer): EvidenceDecision {
  const known = kinds.find(({ isIt }) => isIt(head, path));
  if (known !== undefined) return known.decision;
  if (head.length >= 2 && (startsWith(0xff, 0xfe)(head) || startsWith(0xfe, 0xff)(head))) {
    return {
      action: 'convert',
      kind: 'UTF-16 text',
      argv: ['iconv', '-f', 'UTF-16', '-t', 'UTF-8', '{}'],
    };
  }
  // The redaction takes NUL for white space: lists of words with NUL between them (environ, cmdline) are text.
  if (/(?:^|\/)proc\//.test(path) || !isBinary(head)) return { action: 'mask' };
  return /(?:^|\/)sys\/(?!firmware\/)/.test(path)
    ? keep('kernel attribute', 'a table of the kernel or of a device; no text of users')
    : drop('unknown binary', 'its format is not known, so it cannot be searched for secrets');
}

function isBinary(head: Buffer): boolean {
  let odd = 0;
  let nul = 0;
  for (const byte of head) {
    if (byte === 0) nul += 1;
    else if (
      byte < 0x20 &&
      byte !== 0x09 &&
      byte !== 0x0a &&
      byte !== 0x0d &&
      byte !== 0x1b &&
      byte !== 0x0c
    ) {
      odd += 1;
    }
  }
  const isWordList = odd === 0 && nul * 4 <= head.length;
  return (nul * 50 > head.length && !isWordList) || odd * 20 > head.length;
}
