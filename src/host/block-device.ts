import { realpath, stat } from 'node:fs/promises';
import { explained } from './io-error.ts';

/** True when a folder lies on this block device or on a partition of it, so that writing there would change what is read. */
export async function isOnDevice(folder: string, device: string): Promise<boolean> {
  const { rdev } = await explained('look at', device, () => stat(device));
  const { dev } = await explained('look at', folder, () => stat(folder));
  if (rdev === dev) return true;
  const [whole, part] = await Promise.all([sysPath(rdev), sysPath(dev)]);
  // /sys/devices/.../block/sda/sda1 is below /sys/devices/.../block/sda.
  return whole !== undefined && part !== undefined && `${part}/`.startsWith(`${whole}/`);
}

/** Major and minor number of a device number, as Linux packs them (makedev(3)). */
export function deviceNumbers(rdev: number): { readonly major: number; readonly minor: number } {
  return {
    major: (rdev >>> 8) & 0xfff,
    minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
  };
}

async function sysPath(rdev: number): Promise<string | undefined> {
  const { major, minor } = deviceNumbers(rdev);
  try {
    return await realpath(`/sys/dev/block/${major}:${minor}`);
  } catch {
    // A file system without a block device (tmpfs, NFS, overlay) cannot lie on one.
    return undefined;
  }
}
