import { secretRedactor } from '../../src/redact/secret-redactor.ts';

/** The text after a redaction of its own, tokens shown as `*`. */
export function maskText(text: string, path = 'evidence.txt'): string {
  return showTokens(redactText(text, path));
}

/** The text after a redaction of its own. */
export function redactText(text: string, path = 'evidence.txt'): string {
  const stream = secretRedactor().open({ id: 'test', path });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString();
}

/** Each token as `*`. */
export function showTokens(text: string): string {
  return text.replace(/(?:<|&lt;)sonae:secret:[a-z]?\d+(?:>|&gt;)/g, '*');
}
