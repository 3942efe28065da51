import { createHash, randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect } from 'vitest';
import { runSonae, type SonaeRun } from '../run-sonae.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type ServerOptions, startUploadServer, type UploadServer } from './upload-server.ts';

/** Somebody's machine with a chunk set to send, and inboxes to send it to. For one test file. */
export function makeSender() {
  const work = temporaryFolder('upload');
  const path = (name: string) => join(work, name);
  const servers: UploadServer[] = [];
  let sets = 0;
  beforeAll(async () => {
    writeFileSync(path('vmcore'), randomBytes(700_000));
    const args = ['split', 'vmcore', '--case', '0042', '--size', '200K'];
    expect(await runSonae(args, { cwd: work })).toMatchObject({ exitCode: 0 });
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  return {
    work,
    path,
    sonae: (...args: string[]) => runSonae(args, { cwd: work }),
    receiptOf: (name: string) => JSON.parse(readFileSync(path(`${name}.receipt.json`), 'utf8')),
    /** A set of its own for a test: 4 chunks, SHA256SUMS, README.txt and chunk-set.json. */
    copyOfSet(): string {
      sets += 1;
      const name = `${sets}-vmcore.chunks`;
      cpSync(path('0042_vmcore.chunks'), path(name), { recursive: true });
      return name;
    },
    /** An inbox; closed behind the test. */
    async startInbox(options: ServerOptions = {}) {
      const folder = temporaryFolder('inbox');
      const server = await startUploadServer(folder, options);
      servers.push(server);
      return { server, folder, to: server.url };
    },
  };
}

/** Name and digest of each file of a folder. */
export function digestsOf(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
}

/** Expects an exit status, and sentences on either stream. */
export function expectSaid(run: SonaeRun, exitCode: number, ...sentences: RegExp[]): void {
  const said = run.stdout + run.stderr;
  expect({ exitCode: run.exitCode, said }).toEqual({ exitCode, said: expect.any(String) });
  for (const sentence of sentences) expect(said).toMatch(sentence);
}
