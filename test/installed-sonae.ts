import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installCheckout } from '../scripts/install-checkout.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The launcher `sonae.js`, installed for this run of the tests. */
    readonly sonae: string;
  }
}

/** Installs the program once for a run: what the tests start is what users start, for a third of the time of a checkout. */
export async function setup(project: TestProject): Promise<() => void> {
  const place = mkdtempSync(join(tmpdir(), 'sonae-installed-'));
  chmodSync(place, 0o755); // some tests start it as somebody else
  project.provide('sonae', await installCheckout(place));
  project.onTestsRerun(async () => {
    rmSync(join(place, 'node_modules'));
    await installCheckout(place);
  });
  return () => rmSync(place, { recursive: true, force: true });
}
