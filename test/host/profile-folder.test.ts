import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readYamlFile, readYamlFolder } from '../../src/host/profile-folder.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonae-profiles-'));
  writeFileSync(join(folder, 'b.yaml'), 'b');
  writeFileSync(join(folder, 'a.yml'), 'a');
  writeFileSync(join(folder, 'note.txt'), 'no profile');
  writeFileSync(join(folder, '.hidden.yaml'), 'no profile');
  writeFileSync(join(folder, 'huge.yaml'), 'x'.repeat(600_000));
  symlinkSync('/etc/passwd', join(folder, 'link.yaml'));
  mkdirSync(join(folder, 'folder.yaml'));
  execFileSync('mkfifo', [join(folder, 'fifo.yaml')]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('readYamlFolder', () => {
  it('reads regular YAML files by name and says what it left out', async () => {
    const { files, problems } = await readYamlFolder(folder);
    expect(files).toEqual([
      { file: join(folder, 'a.yml'), text: 'a' },
      { file: join(folder, 'b.yaml'), text: 'b' },
    ]);
    expect(problems.map(({ file }) => file)).toEqual(
      ['fifo.yaml', 'folder.yaml', 'huge.yaml', 'link.yaml'].map((name) => join(folder, name)),
    );
  });

  it('finds nothing in a folder that is not there', async () => {
    expect(await readYamlFolder(join(folder, 'none'))).toEqual({ files: [], problems: [] });
  });
});

describe('readYamlFile', () => {
  it('follows a link that a person named', async () => {
    symlinkSync(join(folder, 'b.yaml'), join(folder, 'named'));
    expect((await readYamlFile(join(folder, 'named'))).text).toBe('b');
  });

  it.each([
    ['none.yaml', 'E_INPUT_ABSENT'],
    ['fifo.yaml', 'E_USAGE'],
    ['folder.yaml', 'E_USAGE'],
    ['huge.yaml', 'E_USAGE'],
  ])('refuses %s', async (name, code) => {
    await expect(readYamlFile(join(folder, name))).rejects.toMatchObject({ code });
  });
});
