import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openReceiptFile } from '../../src/cli/upload/receipt-file.ts';
import type { Receipt } from '../../src/upload/receipt.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const receipt: Receipt = {
  state: 'unfinished',
  to: 'https://upload.example.com/{name}',
  kind: 'bundle',
  name: 'sonae-web01.tar.zst',
  writer: 'sonae 0.1.0',
  startedAt: '2026-11-26T11:00:00.000Z',
  files: [],
};

it('two uploads of one thing at once: the second to write its receipt stops, the first goes on', async () => {
  const path = join(temporaryFolder('receipt'), 'sonae-web01.tar.zst');
  const first = await openReceiptFile(path, undefined);
  const second = await openReceiptFile(path, undefined);
  await first.write(receipt);
  await expect(
    second.write({ ...receipt, to: 'https://other.example.com/{name}' }),
  ).rejects.toThrow(/receipt\.json was written by another upload/);
  await first.write({ ...receipt, state: 'complete' });
  expect(readFileSync(`${path}.receipt.json`, 'utf8')).toContain('"complete"');
});
