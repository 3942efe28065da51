import type { TakeContext } from '../take-context.ts';
import { readText } from './read-text.ts';

const remote = /^(?:nfs|cifs|smb|fuse|9p|ceph|gfs|ocfs|lustre|afs|glusterfs|gpfs|autofs)/;
const virtual =
  /^(?:proc|sysfs|cgroup|devpts|mqueue|debugfs|tracefs|securityfs|configfs|bpf|pstore|efivarfs|binfmt_misc|rpc_pipefs|nsfs|fusectl|hugetlbfs)/;

/** Bytes and inodes of every mount, each asked with a deadline of its own; servers that may not answer are only named. */
export async function* space({ system }: TakeContext): AsyncIterable<string> {
  const mountinfo = await readText(system, '/proc/self/mountinfo', 4 * 1024 * 1024);
  if (mountinfo === undefined) throw new Error('/proc/self/mountinfo could not be read');
  yield 'free_bytes\ttotal_bytes\tused_%\tfree_inodes\ttotal_inodes\ttype\tmount\n';
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replace(/\\040/g, ' ');
    const type = fields[fields.indexOf('-') + 1] ?? '';
    if (virtual.test(type)) continue;
    if (remote.test(type)) {
      yield `?\t?\t?\t?\t?\t${type}\t${point}\t(remote: not asked)\n`;
      continue;
    }
    const read = await system.space(point, { timeoutMs: 3000 });
    if (read.state !== 'known') {
      yield `?\t?\t?\t?\t?\t${type}\t${point}\t(${read.state === 'absent' ? 'absent' : read.why})\n`;
      continue;
    }
    const { freeBytes, totalBytes, freeInodes, totalInodes } = read;
    const used = totalBytes === 0 ? '-' : Math.ceil((1 - freeBytes / totalBytes) * 100);
    yield `${[freeBytes, totalBytes, used, freeInodes, totalInodes, type, point].join('\t')}\n`;
  }
}
