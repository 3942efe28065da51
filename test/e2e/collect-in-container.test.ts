import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BundleManifest } from '../../src/model/bundle.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const project = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

// What an engine does: namespaces of its own, an image of its own as the root, the root of the host at /host.
const enter = `
set -e
hostname tools
mount --make-rprivate /
mkdir -p "$ROOT"; mount -t tmpfs tmpfs "$ROOT"; cd "$ROOT"
mkdir -p host proc sys dev etc usr tmp var/tmp "./$PROJECT" "./$OUT"
mount --rbind / host
mount --bind /usr usr
for link in bin sbin lib lib64; do ln -s "usr/$link" "$link"; done
mount --bind "$PROJECT" "./$PROJECT"
mount --bind "$OUT" "./$OUT"
mount -t proc proc proc; mount --rbind /dev dev
echo 'PRETTY_NAME="Tools"' > etc/os-release
touch .dockerenv
exec chroot . "$NODE" "$PROJECT/bin/sonae.js" collect --output "$OUT"
`;

const canEnter =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', '-p', '-f', '-n', '-u', 'mount', '--make-rprivate', '/']).status ===
    0;
if (!canEnter) process.stderr.write('SKIPPED for want of namespaces: collect in a container\n');

describe.skipIf(!canEnter)('collect in a container with the host at /host', () => {
  it('takes the host and not the container, and says so', () => {
    const out = temporaryFolder('container');
    const run = spawnSync('unshare', ['-m', '-p', '-f', '-n', '-u', 'sh', '-c', enter], {
      encoding: 'utf8',
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        ROOT: join(temporaryFolder('container-root'), 'root'),
        PROJECT: project,
        OUT: out,
        NODE: process.execPath,
      },
    });
    expect(run.stderr).toContain('taking files of the host from /host');
    expect(run.status, run.stdout).toBe(0);
    spawnSync('sh', ['-c', 'zstd -dc *.tar.zst | tar -x'], { cwd: out });
    const bundle = join(out, globSync('sonae-*/', { cwd: out })[0] ?? '');
    const read = (path: string) => readFileSync(join(bundle, path), 'utf8');
    const manifest: BundleManifest = JSON.parse(read('sonae/manifest.json'));

    expect(manifest.host).toMatchObject({
      name: readFileSync('/etc/hostname', 'utf8').trim(),
      container: 'docker',
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    });
    expect(read('etc/os-release')).toBe(readFileSync('/etc/os-release', 'utf8'));
    expect(read('sonae/README.txt')).toContain('from inside a container (docker)');
    // The network of the host: the container has nothing but its own loopback.
    const interfaces = (text: string) =>
      [...text.matchAll(/^\s*(\S+):/gm)].map((match) => match[1]);
    expect(interfaces(read('proc/net/dev'))).toEqual(
      interfaces(readFileSync('/proc/net/dev', 'utf8')),
    );
    // All processes of the host, and what would show the container's own settings left out.
    expect(read('sonae/processes.txt')).toMatch(/^1\t0\t/m);
    expect(existsSync(join(bundle, 'proc/meminfo'))).toBe(true);
    expect(existsSync(join(bundle, 'proc/sys/kernel/hostname'))).toBe(false);
    expect(existsSync(join(bundle, 'proc/sys/net'))).toBe(false);
    expect(hostname()).not.toBe('tools');
  }, 120_000);
});
