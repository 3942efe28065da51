import { describe, expect, it } from 'vitest';
import { maskText } from './mask-text.ts';

describe('a map of a Kubernetes object', () => {
  it('has every value of stringData masked, blocks too, and ends with the map', () => {
    const text = [
      'stringData:',
      '  licence: hunter2 and more',
      '  settings.ini: |',
      '    [a]',
      '    x = s3cret',
      '  other: "s3cret", ',
      'kind: Secret',
      'metadata:',
      '  name: shop',
    ];
    expect(maskText(text.join('\n')).split('\n')).toEqual([
      'stringData:',
      '  licence: *',
      '  settings.ini: |',
      '    *',
      '  other: "*", ',
      'kind: Secret',
      'metadata:',
      '  name: shop',
    ]);
  });

  it('has values of data masked that are text in base64, and no other: a ConfigMap stays as it is', () => {
    const encoded = Buffer.from('s3cret').toString('base64');
    const text = `data:\n  a: ${encoded}\n  level: database\n  build: Release1\n  text: |\n    a=b\n  n: "8080"\nkind: ConfigMap\n`;
    expect(maskText(text)).toBe(text.replace(encoded, '*'));
  });

  it('is told from a list of data, and from a map on one line', () => {
    const text = 'data:\n- aGVsbG8gd29ybGQ=\nx:\n  data: aGVsbG8gd29ybGQ=\n';
    expect(maskText(text)).toBe(text);
  });
});
