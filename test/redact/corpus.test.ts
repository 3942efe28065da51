import { describe, expect, it } from 'vitest';
import { innocentLines, plantedCases } from './corpus-cases.ts';
import { maskText } from './mask-text.ts';

const marked = /«([^»]*)»/g;

describe('the corpus of planted secrets', () => {
  const cases = plantedCases();
  const secrets = cases.flatMap(({ text }) =>
    [...text.matchAll(marked)].filter((match) => match[1]),
  );

  it('is as large as it claims: kinds, each once and with a secret, places, secrets', () => {
    const kinds = new Set(cases.map(({ kind }) => kind));
    expect(kinds.size).toBe(cases.length);
    expect(kinds.size).toBeGreaterThanOrEqual(40);
    expect(secrets.length).toBeGreaterThanOrEqual(120);
    for (const { text } of cases) expect(text).toMatch(/«[^»]+»/);
    // Each of the places that secrets are known to leave by.
    const paths = cases.map(({ path }) => path).join('\n');
    for (const place of [
      'ps_auxwww',
      'cmdline',
      'systemd/system/',
      'cron.d/',
      'etc/environment',
      'apt.conf',
      'yum.repos.d/',
      'journalctl',
      'audit.log',
      'cloud/instance/',
      'docker_inspect',
      'podman_inspect',
      'kube/config',
      '.xml',
      '.json',
      '.yaml',
      '.ini',
      'rc.local',
      'fstab',
      'snmpd.conf',
      'chap-secrets',
      'ipsec.secrets',
      'iscsid.conf',
      'wpa_supplicant.conf',
    ])
      expect(paths).toContain(place);
  });

  for (const { kind, path, text } of cases) {
    it(`${kind}: masks every secret and nothing else`, () => {
      const expected = text.replace(marked, (_, secret: string) => (secret === '' ? '' : '*'));
      expect(maskText(text.replace(marked, '$1'), path).trim()).toBe(
        expected.replace(/^\*/gm, (_, at: number) => indentBefore(text, expected, at)).trim(),
      );
    });
  }
});

describe('the corpus of innocent lines', () => {
  const lines = innocentLines();

  it('is as large as it claims, and at most two lines are masked', () => {
    expect(lines.length).toBeGreaterThan(2000);
    const masked = maskText(lines.join('\n')).split('\n');
    expect(lines.filter((line, index) => line !== masked[index]).slice(2)).toEqual([]);
  });
});

// A marked block of lines keeps the indentation of its first line.
function indentBefore(text: string, expected: string, at: number): string {
  const index = (expected.slice(0, at).match(/\*/g) ?? []).length;
  const block = [...text.matchAll(marked)].filter((match) => match[1]);
  const literal = [...expected.matchAll(/\*/g)].length - block.length;
  if (literal !== 0) return '*';
  return `${/^ */.exec(block[index]?.[1] ?? '')?.[0] ?? ''}*`;
}
