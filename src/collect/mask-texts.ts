import type { Redactor } from '../model/redaction.ts';

/** The same value with every text in it masked: for manifests, whose host, commands and paths name people too. */
export function maskTexts<Value>(redactor: Redactor, value: Value): Value {
  return maskAny(redactor, value) as Value;
}

/** The name of the machine, masked as the one line of /etc/hostname is: alone it may be a word of every log. */
export function maskHostName(redactor: Redactor, name: string): string {
  return maskText(redactor, name, 'etc/hostname');
}

function maskText(redactor: Redactor, text: string, path: string): string {
  const stream = redactor.open({ id: 'manifest', path });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString('utf8');
}

function maskAny(redactor: Redactor, value: unknown): unknown {
  if (typeof value === 'string') return maskText(redactor, value, 'sonae/manifest.json');
  if (Array.isArray(value)) return value.map((one) => maskAny(redactor, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, maskAny(redactor, one)]),
  );
}
