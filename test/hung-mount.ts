import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** True when this machine lets us mount a FUSE file system that never answers. */
export const canHangMounts = process.getuid?.() === 0 && existsSync('/dev/fuse');
if (!canHangMounts)
  process.stderr.write('SKIPPED for want of root or /dev/fuse: file systems that never answer\n');

/** A mount point whose file system never answers: what a dead NFS server or FUSE daemon looks like to a reader. */
export function mountHung(): { path: string; unmount: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sonae-hung-'));
  // The holder keeps /dev/fuse open and reads nothing from it, so that every request waits for ever.
  const holder = spawn(
    'bash',
    [
      '-c',
      `exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hung ${path}; sleep 600`,
    ],
    { stdio: 'ignore', detached: true },
  );
  for (let tries = 0; !readFileSync('/proc/mounts', 'utf8').includes(path); tries += 1) {
    if (tries > 200) throw new Error('the hung mount did not appear');
    execFileSync('sleep', ['0.02']);
  }
  return {
    path,
    unmount() {
      execFileSync('umount', ['-l', path]);
      process.kill(-(holder.pid as number), 'SIGKILL');
      rmdirSync(path);
    },
  };
}
