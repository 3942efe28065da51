/** Passes the result through the redaction of bundles before it is printed. */
export async function redactText(text: string): Promise<string> {
  const { secretRedactor } = await import('../redact/secret-redactor.ts');
  const stream = secretRedactor().open({ id: 'inspect', path: 'inspect/report.txt' });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString('utf8');
}
