import type { Redactor } from '../../model/redaction.ts';
import type { SecretRule } from '../../redact/rule.ts';

/** Passes what `inspect` prints through the redaction of bundles. One instance for one run: equal secrets get equal tokens. */
export interface ReportRedaction {
  text(text: string): string;
  /** Every string of a JSON value, by itself: escapes of JSON would hide where a secret ends. */
  value(value: unknown): unknown;
}

/** The redaction with the rules that `collect` uses: the shipped ones and those of this machine's administrator. */
export async function openReportRedaction(): Promise<ReportRedaction> {
  const { secretRedactor } = await import('../../redact/secret-redactor.ts');
  const redactor = secretRedactor({ userRules: await loadSiteRules() });
  const text = (plain: string) => maskText(redactor, plain);
  const value = (plain: unknown): unknown => {
    if (typeof plain === 'string') return text(plain);
    if (Array.isArray(plain)) return plain.map(value);
    if (plain === null || typeof plain !== 'object') return plain;
    return Object.fromEntries(Object.entries(plain).map(([name, member]) => [name, value(member)]));
  };
  return { text, value };
}

async function loadSiteRules(): Promise<readonly SecretRule[]> {
  const { openSystem } = await import('../../host/system.ts');
  const { loadRedactionRules } = await import('../bundle/redaction-rules.ts');
  const system = openSystem('/');
  try {
    return await loadRedactionRules(system);
  } finally {
    system.close();
  }
}

function maskText(redactor: Redactor, text: string): string {
  const stream = redactor.open({ id: 'inspect', path: 'sonae/inspect.txt' });
  return Buffer.concat([stream.write(Buffer.from(text)), stream.end()]).toString('utf8');
}
