import type { System } from '../../model/system.ts';
import { printable } from '../../std/printable.ts';
import type { TakeContext } from '../take-context.ts';
import { readText } from './read-text.ts';

const mostProcesses = 20_000;
const mostThreads = 5000;

/**
 * Every process with its state and wait channel, and the kernel stack of every thread that sleeps uninterruptibly.
 * Reads only files that take no lock of the process: `ps` and anything that reads cmdline can hang on the very
 * process that is in trouble.
 */
export async function* processes({ system, signal }: TakeContext): AsyncIterable<string> {
  const list = await system.list('/proc', { limit: 100_000 });
  if (list.state !== 'known') throw new Error('the list of processes could not be read');
  const pids = list.names.filter((name) => /^\d+$/.test(name)).map(Number);
  pids.sort((a, b) => a - b);
  yield 'pid\tppid\tstate\tthreads\tutime\tstime\tvsize_kib\trss_pages\twchan\tcomm\n';
  const blocked: string[] = [];
  for (const pid of pids.slice(0, mostProcesses)) {
    if (signal.aborted) break;
    const process = await readStat(system, `/proc/${pid}`);
    if (!process) continue;
    const wchan = (await readText(system, `/proc/${pid}/wchan`)) ?? '';
    yield `${[pid, process.ppid, process.state, process.threads, process.utime, process.stime, process.vsizeKib, process.rssPages, wchan, process.comm].join('\t')}\n`;
    if (process.state === 'D' || process.threads > 1) blocked.push(`/proc/${pid}`);
  }
  if (pids.length > mostProcesses) yield `# ${pids.length - mostProcesses} more processes\n`;
  yield* blockedThreads(system, blocked, signal);
}

async function* blockedThreads(
  system: System,
  candidates: readonly string[],
  signal: AbortSignal,
): AsyncIterable<string> {
  yield '\n# threads in uninterruptible sleep\n';
  let threads = 0;
  for (const path of candidates) {
    const tasks = await system.list(`${path}/task`, { limit: 4096 });
    for (const tid of tasks.state === 'known' ? tasks.names : []) {
      if (signal.aborted) return;
      if (threads >= mostThreads) {
        yield `\n# only the first ${mostThreads} threads were looked at\n`;
        return;
      }
      threads += 1;
      const thread = await readStat(system, `${path}/task/${tid}`);
      if (thread?.state !== 'D') continue;
      const wchan = (await readText(system, `${path}/task/${tid}/wchan`)) ?? '?';
      const stack =
        (await readText(system, `${path}/task/${tid}/stack`)) ?? '(the stack needs root)';
      yield `\n${tid} ${thread.comm} waiting in ${wchan}\n${stack}\n`;
    }
  }
}

// Fields of proc_pid_stat(5), counted from the one behind the command name.
async function readStat(system: System, path: string) {
  const text = await readText(system, `${path}/stat`);
  const close = text?.lastIndexOf(')') ?? -1;
  if (text === undefined || close < 0) return undefined;
  const fields = text.slice(close + 2).split(' ');
  return {
    comm: printable(text.slice(text.indexOf('(') + 1, close)),
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    utime: Number(fields[11]),
    stime: Number(fields[12]),
    threads: Number(fields[17]),
    vsizeKib: Math.round(Number(fields[20]) / 1024),
    rssPages: Number(fields[21]),
  };
}
