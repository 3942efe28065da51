const magics: readonly (readonly [begins: string, why: string])[] = [
  ['PK\x03\x04', 'a zip archive'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
  ['Rar!', 'a rar archive'],
  ['\x04\x22\x4d\x18', 'packed with lz4'],
  ['LZIP', 'packed with lzip'],
  ['\x1f\x9d', 'packed with compress'],
  ['hsqs', 'a squashed file system'],
  ['\xed\xab\xee\xdb', 'a package'],
  ['!<arch>\n', 'an archive of ar'],
  ['age-encryption.org/v1', 'encrypted'],
  ['-----BEGIN PGP MESSAGE', 'encrypted'],
  ['-----BEGIN AGE ENCRYPTED', 'encrypted'],
];

// systemd: journal-def.h, incompatible_flags at 12: fields may be packed with xz, lz4 or zstd.
const journalMagic = 'LPKSHHRH';
const packedFields = 1 | 2 | 8;

/** Why a file cannot be searched although its bytes can be read; undefined for all others. Its first 32 bytes decide. */
export function whyOpaque(head: Buffer): string | undefined {
  const text = head.toString('latin1', 0, 32);
  if (text.startsWith(journalMagic) && head.length >= 16)
    return (head.readUInt32LE(12) & packedFields) === 0
      ? undefined
      : 'a journal with packed fields';
  return magics.find(([begins]) => text.startsWith(begins))?.[1];
}
