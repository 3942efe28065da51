// C0 and C1 controls, DEL, and the bidirectional overrides that can reorder what a terminal shows (UAX #9).
const unsafe = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text from a foreign source made safe for one line of a terminal: control characters become `\xNN`. */
export function printable(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** The same for several lines: newline and tab stay. */
export function printableLines(text: string): string {
  return text.replace(unsafe, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
