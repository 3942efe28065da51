/** How the dump is filtered and compressed. */
export interface Collector {
  readonly text: string;
  readonly level: number | undefined;
  readonly compression: 'zlib' | 'lzo' | 'snappy' | 'zstd' | 'none';
  readonly isFlattened: boolean;
  readonly threads: number;
  readonly isMakedumpfile: boolean;
}

/** Takes a core collector's command apart. */
export function parseCollector(text: string): Collector {
  const words = text.trim().split(/\s+/);
  const isMakedumpfile = /(?:^|\/)makedumpfile$/.test(words[0] ?? '');
  let level: number | undefined = isMakedumpfile ? 0 : undefined;
  let compression: Collector['compression'] = 'none';
  let isFlattened = false;
  let threads = 1;
  for (const [index, word] of words.entries()) {
    const next = words[index + 1] ?? '';
    const joined = /^-([a-zA-Z]*)d(\d+)?$/.exec(word);
    if (joined) level = readLevel(joined[2] ?? next);
    const dumpLevel = /^--dump-level(?:=(.*))?$/.exec(word);
    if (dumpLevel) level = readLevel(dumpLevel[1] ?? next);
    const threadCount = /^--num-threads(?:=(.*))?$/.exec(word);
    if (threadCount) threads = Number(threadCount[1] ?? next) || 1;
    const flags = /^-([a-zA-Z]+)\d*$/.exec(word)?.[1] ?? '';
    if (flags.includes('F')) isFlattened = true;
    if (flags.includes('c')) compression = 'zlib';
    if (flags.includes('l')) compression = 'lzo';
    if (flags.includes('p')) compression = 'snappy';
    if (flags.includes('z')) compression = 'zstd';
  }
  return { text, level, compression, isFlattened, threads, isMakedumpfile };
}

function readLevel(text: string): number | undefined {
  const levels = text.split(',').map(Number);
  const last = levels.at(-1);
  return last !== undefined && text !== '' && Number.isInteger(last) ? last : undefined;
}
