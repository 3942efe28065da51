import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** The root disks of the guest: the machine as installed, and the same after a kernel update whose kdump hook did not run. */
export type ImageName = 'base' | 'updated';

/** Where the images are, and what is installed in them (package or `kernel` to version). */
export interface GuestImages {
  readonly folder: string;
  readonly versions: Readonly<Record<string, string>>;
}

const guestFolder = fileURLToPath(new URL('guest/', import.meta.url));
const ingredients = ['build-image.sh', 'agent.sh', 'sonae-vm-agent.service'];

/** The images from the cache, or freshly built (root, about two minutes) when what they are made of has changed. */
export async function prepareGuestImages(): Promise<GuestImages> {
  const folder = join(cacheFolder(), `guest-${recipeDigest()}`);
  if (!existsSync(folder)) await buildImages(folder);
  return { folder, versions: parseVersions(await readFile(join(folder, 'versions'), 'utf8')) };
}

/** Where images and runs are kept: `SONAE_VM_CACHE`, or a folder below the system's temporary one. About 2.5 GB. */
export function cacheFolder(): string {
  return process.env['SONAE_VM_CACHE'] ?? join(tmpdir(), 'sonae-vm');
}

async function buildImages(folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  process.stderr.write(`building the guest's disks in ${folder}\n`);
  const build = await execa(
    'nice',
    ['sh', join(guestFolder, 'build-image.sh'), join(unfinished, 'out')],
    {
      all: true,
      reject: false,
      stdin: 'ignore',
    },
  );
  if (build.exitCode !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(`build-image.sh ended with ${build.exitCode}:\n${build.all.slice(-4000)}`);
  }
  await rename(join(unfinished, 'out'), folder);
  await rm(unfinished, { recursive: true });
}

function recipeDigest(): string {
  const digest = createHash('sha256');
  for (const name of ingredients) digest.update(readFileSync(guestFolder + name));
  return digest.digest('hex').slice(0, 12);
}

function parseVersions(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf('=')),
      line.slice(line.indexOf('=') + 1).trim(),
    ]),
  );
}
