import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { compareFingerprints, takeFingerprint } from '../../src/collect/fingerprint.ts';
import { openSystem } from '../../src/host/system.ts';

const listening = async (host: string) => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, host, done));
  const { port } = server.address() as { port: number };
  return { port, close: () => server.close() };
};

describe('the fingerprint of the machine', () => {
  for (const { host, protocol, shown } of [
    { host: '127.0.0.1', protocol: 'tcp', shown: '127.0.0.1' },
    { host: '0.0.0.0', protocol: 'tcp', shown: '0.0.0.0' },
    { host: '::1', protocol: 'tcp6', shown: '[::1]' },
    { host: '::', protocol: 'tcp6', shown: '[::]' },
  ]) {
    it(`shows a port at ${host} as people write it, not as the kernel does`, async ({ skip }) => {
      const system = openSystem('/');
      try {
        const before = await takeFingerprint(system);
        const server = await listening(host).catch(() => skip(`no ${protocol} here`));
        const after = await takeFingerprint(system);
        server.close();
        expect(compareFingerprints(before, after)).toContainEqual({
          what: 'listening ports',
          before: '',
          after: `${protocol} ${shown}:${server.port}`,
        });
      } finally {
        system.close();
      }
    });
  }
});
