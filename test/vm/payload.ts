import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Makes the disk `payload.img` in `folder`: Node and sonae as a user installs it (staged, packed, installed from the
 * archive with its production dependencies), mounted at `/opt/sonae` in the guest.
 */
export async function makePayload(folder: string): Promise<string> {
  const tree = join(folder, 'payload');
  const image = join(folder, 'payload.img');
  await rm(tree, { recursive: true, force: true });
  await mkdir(join(tree, 'bin'), { recursive: true });
  await execa('npm', ['run', '--silent', 'stage'], { cwd: root });
  await execa('npm', ['pack', '--silent', '--pack-destination', tree, './build/package'], {
    cwd: root,
  });
  const archive = (await readdir(tree)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error('npm pack made no archive');
  await execa('npm', ['install', '--silent', '--no-save', '--prefix', tree, join(tree, archive)], {
    cwd: tree,
  });
  await rm(join(tree, archive));
  await copyFile(process.execPath, join(tree, 'bin/node'));
  await writeFile(
    join(tree, 'bin/sonae'),
    '#!/bin/sh\nexec /opt/sonae/bin/node /opt/sonae/node_modules/sonae/bin/sonae.js "$@"\n',
    { mode: 0o755 },
  );
  await execa('truncate', ['-s', '400M', image]);
  await execa('mkfs.ext4', ['-q', '-F', '-m', '0', '-d', tree, image]);
  await rm(tree, { recursive: true });
  return image;
}
