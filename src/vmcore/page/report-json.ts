import type { Fact } from '../../model/fact.ts';
import type { Analysis } from '../analysis.ts';
import { crashMeanings } from '../crash/crash-meanings.ts';
import type { KernelLog } from '../log/log.ts';

/** Major version of docs/formats/inspect-report.md; a reader refuses others. */
export const reportVersion = 1;

/** The analysis as one JSON document. Addresses are strings `0x...`, because JSON numbers are too small for them. */
export function reportJson(analysis: Analysis, options: { readonly withLog: boolean }): unknown {
  const { files, problems, leftOut, system, log, crash, earlier, cpus, deep } = analysis;
  return plain({
    format: 'sonae-inspect-report',
    version: reportVersion,
    files: files.map(({ name, size, identity }) => ({ name, size, ...identity })),
    problems: [...problems, ...leftOut],
    system: {
      ...system,
      crashTime: system.crashTime && {
        at: new Date(system.crashTime.at).toISOString(),
        from: system.crashTime.from,
      },
    },
    crash: mapFact(crash, (value) => ({ ...value, meaning: crashMeanings[value.crashClass] })),
    earlier,
    log: mapFact(log, (value) => logJson(value, options.withLog)),
    cpus: cpus.map((registers, index) => ({
      ...registers,
      stack: registers.stack,
      walk: deep?.cpuStacks.state === 'known' ? deep.cpuStacks.value[index] : undefined,
    })),
    deep: deep && {
      symbols: mapFact(deep.symbols, ({ count, from }) => ({ count, from })),
      types: mapFact(deep.types, ({ count }) => ({ count })),
      tasks: deep.tasks,
      blocked: mapFact(deep.blocked, (groups) =>
        groups.map(({ tasks, walk }) => ({ pids: tasks.map(({ pid }) => pid), walk })),
      ),
      modules: deep.modules,
      memory: deep.memory,
      taints: deep.taints,
      panicCpu: deep.panicCpu,
      onlineCpus: deep.onlineCpus,
      settings: deep.settings,
      problems: deep.problems,
    },
  });
}

function logJson({ records, ...rest }: KernelLog, withLog: boolean): unknown {
  return { ...rest, count: records.length, ...(withLog ? { records } : {}) };
}

function mapFact<Value>(fact: Fact<Value>, map: (value: Value) => unknown): unknown {
  return fact.state === 'known' ? { ...fact, value: map(fact.value) } : fact;
}

/** JSON has neither bigint nor undefined: addresses become hexadecimal text, missing members stay away. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && typeof member !== 'function')
      .map(([name, member]) => [name, plain(member)]),
  );
}
