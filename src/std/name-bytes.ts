const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A file name from its bytes: UTF-8, or else each odd byte as U+DC80 to U+DCFF, so that no name is lost. */
export function nameFromBytes(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    let name = '';
    for (const byte of bytes) name += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
    return name;
  }
}

/** The bytes that `nameFromBytes` took the name from. */
export function bytesFromName(name: string): Buffer {
  if (!/[\udc80-\udcff]/.test(name)) return Buffer.from(name, 'utf8');
  // A lone low surrogate is an odd byte; a proper pair is an ordinary character.
  const parts = [...name].map((character) => {
    const code = character.length === 1 ? character.charCodeAt(0) : 0;
    return code >= 0xdc80 && code <= 0xdcff
      ? Buffer.from([code - 0xdc00])
      : Buffer.from(character, 'utf8');
  });
  return Buffer.concat(parts);
}
