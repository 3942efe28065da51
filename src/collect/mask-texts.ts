import type { Redactor } from '../model/redaction.ts';

/** The same value with every text in it masked: for manifests, whose host, commands and paths name people too. */
export function maskTexts<Value>(redactor: Redactor, value: Value): Value {
  return maskAny(redactor, value) as Value;
}

function maskAny(redactor: Redactor, value: unknown): unknown {
  if (typeof value === 'string') {
    const stream = redactor.open({ id: 'manifest', path: 'sonae/manifest.json' });
    return Buffer.concat([stream.write(Buffer.from(value)), stream.end()]).toString('utf8');
  }
  if (Array.isArray(value)) return value.map((one) => maskAny(redactor, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, maskAny(redactor, one)]),
  );
}
