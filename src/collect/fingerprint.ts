import { createHash } from 'node:crypto';
import type { FingerprintChange } from '../model/bundle.ts';
import type { System } from '../model/system.ts';
import { readText } from './builtin/read-text.ts';

/** The state of the machine that a collector must not change, each part as a set of lines. */
export type Fingerprint = ReadonlyMap<string, ReadonlySet<string>>;

/** Takes the fingerprint: mounts, modules, unit states, sysctls, core_pattern, listening ports. */
export async function takeFingerprint(system: System): Promise<Fingerprint> {
  if (!system.isLive) return new Map();
  const parts: [string, Promise<Iterable<string>>][] = [
    ['mounts', mounts(system)],
    ['modules', modules(system)],
    ['units', units(system)],
    ['sysctls', sysctls(system)],
    ['core_pattern', file(system, '/proc/sys/kernel/core_pattern')],
    ['listening ports', listeningPorts(system)],
  ];
  return new Map(
    await Promise.all(parts.map(async ([name, lines]) => [name, new Set(await lines)] as const)),
  );
}

/** A short digest of each part, for the manifest. */
export function digestFingerprint(fingerprint: Fingerprint): Record<string, string> {
  const digest = (lines: ReadonlySet<string>) =>
    createHash('sha256')
      .update([...lines].sort().join('\n'))
      .digest('hex')
      .slice(0, 16);
  return Object.fromEntries(
    [...fingerprint].map(([name, lines]) => [name, `${lines.size} entries, ${digest(lines)}`]),
  );
}

const mostChanges = 50;

/** What is different, line by line. Others may have caused it: it is reported, not judged. */
export function compareFingerprints(before: Fingerprint, after: Fingerprint): FingerprintChange[] {
  const changes: FingerprintChange[] = [];
  for (const [what, linesBefore] of before) {
    const linesAfter = after.get(what) ?? new Set();
    for (const line of linesBefore)
      if (!linesAfter.has(line)) changes.push({ what, before: line, after: '' });
    for (const line of linesAfter)
      if (!linesBefore.has(line)) changes.push({ what, before: '', after: line });
  }
  return changes.slice(0, mostChanges);
}

async function mounts(system: System): Promise<string[]> {
  const text = (await readText(system, '/proc/self/mountinfo', 4 * 1024 * 1024)) ?? '';
  // Without the ids in front, which mean nothing to a reader.
  return text.split('\n').map((line) => line.split(' ').slice(3).join(' '));
}

async function modules(system: System): Promise<string[]> {
  const text = (await readText(system, '/proc/modules', 1024 * 1024)) ?? '';
  return text.split('\n').flatMap((line) => line.split(' ')[0] || []);
}

async function units(system: System): Promise<string[]> {
  if ((await system.stat('/run/systemd/system')).state !== 'known') return [];
  const run = await system.run(
    [
      'systemctl',
      'list-units',
      '--all',
      '--plain',
      '--no-legend',
      '--type=service,socket,mount,timer',
    ],
    { timeoutMs: 10_000 },
  );
  if (run.state !== 'exited') return [];
  return run.stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/).slice(0, 4).join(' '));
}

// Kernel parameters that are settings; counters and random numbers among them change by themselves.
const counters =
  /\/(?:random|pty\/nr|ns_last_pid|dentry-state|file-nr|inode-nr|inode-state|aio-nr|nf_conntrack_count|sched_domain|ns_inotify|usermodehelper|cap_last_cap|threads-max)\b/;

async function sysctls(system: System): Promise<string[]> {
  const found = await system.find(['/proc/sys/kernel', '/proc/sys/vm', '/proc/sys/fs'], {
    limit: 3000,
  });
  const lines: string[] = [];
  for (const { path, stat } of found.entries) {
    if (stat.kind !== 'file' || counters.test(path) || (stat.mode & 0o444) === 0) continue;
    const value = await readText(system, path, 4096);
    if (value !== undefined)
      lines.push(`${path.slice('/proc/sys/'.length).replaceAll('/', '.')} = ${value}`);
  }
  return lines;
}

async function file(system: System, path: string): Promise<string[]> {
  return [(await readText(system, path)) ?? ''];
}

// State 0A of /proc/net/tcp is LISTEN (include/net/tcp_states.h).
async function listeningPorts(system: System): Promise<string[]> {
  const lines: string[] = [];
  for (const protocol of ['tcp', 'tcp6']) {
    const text = (await readText(system, `/proc/net/${protocol}`, 16 * 1024 * 1024)) ?? '';
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === '0A') lines.push(`${protocol} ${listenAddress(fields[1] ?? '')}`);
    }
  }
  return lines;
}

// As people write them, so that aliases are found for them too. The kernel writes words of 32 bits as the CPU has
// them: low byte first on all that sonae runs on.
function listenAddress(field: string): string {
  const [address = '', port = ''] = field.split(':');
  const bytes = Buffer.from(address, 'hex');
  if (bytes.length % 4 !== 0) return field;
  bytes.swap32();
  const shown = bytes.length === 4 ? bytes.join('.') : `[${ipv6(bytes)}]`;
  return `${shown}:${Number.parseInt(port, 16)}`;
}

function ipv6(bytes: Buffer): string {
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  const text = groups.map((group) => group.replace(/^0{1,3}/, '')).join(':');
  return text.replace(/(?:^|:)0(?::0)+(?:$|:)/, '::');
}
