import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, machine, release, uptime } from 'node:os';
import type { HostIdentity } from '../model/bundle.ts';
import type { System } from '../model/system.ts';

/** Which machine this is: the running one, the host of the container that we are in, or one whose image lies below the root. */
export async function readHostIdentity(system: System, container?: string): Promise<HostIdentity> {
  const os = await readOsRelease(system);
  const inside = container ?? (system.isLive ? await containerOf(system) : undefined);
  const name = system.isLive ? hostname() : await readLine(system, '/etc/hostname');
  return {
    name: name ?? 'image',
    kernel: system.isRunning ? release() : 'unknown',
    architecture: system.isRunning ? machine() : 'unknown',
    bootId: system.isRunning
      ? ((await readLine(system, '/proc/sys/kernel/random/boot_id')) ?? '')
      : '',
    uptimeSeconds: system.isRunning ? Math.round(uptime()) : 0,
    ...os,
    ...(inside === undefined ? {} : { container: inside }),
  };
}

async function readOsRelease(system: System): Promise<{ os: string; family?: string }> {
  const read = await system.readFile('/etc/os-release', { limitBytes: 65_536 });
  const text = read.state === 'known' ? read.bytes.toString('utf8') : '';
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  const family = field('ID_LIKE') ?? field('ID');
  return { os: field('PRETTY_NAME') ?? 'unknown', ...(family ? { family } : {}) };
}

// The marks that container engines leave (systemd's container interface; Docker's and Podman's own files).
async function containerOf(system: System): Promise<string | undefined> {
  // Where the kernel's own threads are seen we are in its first process namespace, whatever marks an image brought.
  if ((await readLine(system, '/proc/2/comm')) === 'kthreadd') return undefined;
  const told = process.env['container'];
  if (told) return told;
  if ((await system.stat('/run/.containerenv')).state === 'known') return 'podman';
  if ((await system.stat('/.dockerenv')).state === 'known') return 'docker';
  return undefined;
}

async function readLine(system: System, path: string): Promise<string | undefined> {
  const read = await system.readFile(path, { limitBytes: 4096 });
  return read.state === 'known' ? read.bytes.toString('utf8').trim() : undefined;
}

/**
 * Where the number of a process means one process: this boot of this machine, and this process namespace. Twelve
 * hexadecimal digits; the same for every run that can see whether another one is alive.
 */
export function processScope(): string {
  const hash = createHash('sha256');
  try {
    hash.update(readFileSync('/proc/sys/kernel/random/boot_id'));
    hash.update(readlinkSync('/proc/self/ns/pid'));
  } catch {
    hash.update(randomBytes(16)); // without /proc nobody can be seen
  }
  return hash.digest('hex').slice(0, 12);
}

/** When a process was started, in clock ticks since boot: with its pid it names one process for good. Empty when it is gone. */
export function startTicksOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return ''; // no such process
  }
}
