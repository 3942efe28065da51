import { describe, expect, it } from 'vitest';
import { known } from '../../src/model/fact.ts';
import { analyseDump } from '../../src/vmcore/analyse.ts';
import type { Analysis } from '../../src/vmcore/analysis.ts';
import type { DeepAnalysis } from '../../src/vmcore/deep-analysis.ts';
import type { CpuRegisters } from '../../src/vmcore/format/registers.ts';
import type { Task } from '../../src/vmcore/kernel/tasks.ts';
import { cpuSection } from '../../src/vmcore/page/deep-sections.ts';
import { buildElfDump } from '../builders/build-dump.ts';
import { bufferSource } from '../builders/byte-writer.ts';

/** A machine whose notes name the given processes, while the given tasks ran on its CPUs. */
async function machine(pids: readonly number[], running: readonly [number, number, string][]) {
  const { analysis } = await analyseDump(
    [bufferSource(buildElfDump([{ text: 'x', microseconds: 1 }]))],
    { depth: 'all' },
  );
  const tasks = running.map(([cpu, pid, comm]) => ({ cpu, pid, comm, isOnCpu: true }) as Task);
  const deep = {
    ...analysis.deep,
    onlineCpus: known(running.length, 'mask'),
    tasks: known(tasks, 'list'),
  } as DeepAnalysis;
  const cpus = pids.map((pid) => ({ pid, instruction: 0n }) as CpuRegisters);
  return { ...analysis, isQemu: false, cpus, deep } satisfies Analysis;
}

describe('CPUs that did not answer', () => {
  it('are named by the tasks that ran there', async () => {
    const analysis = await machine(
      [10, 0],
      [
        [0, 10, 'bash'],
        [1, 0, 'swapper/1'],
        [2, 77, 'stuck'],
      ],
    );
    const text = JSON.stringify(cpuSection(analysis, true));
    expect(text).toContain('1 of 3 online CPUs left no registers');
    expect(text).toContain('By the tasks that were running: CPU 2 with stuck (77).');
  });

  it('are only counted where idle', async () => {
    const analysis = await machine(
      [10],
      [
        [0, 10, 'bash'],
        [1, 0, 'swapper/1'],
      ],
    );
    const text = JSON.stringify(cpuSection(analysis, true));
    expect(text).toContain('1 of 2 online CPUs left no registers');
    expect(text).not.toContain('By the tasks');
  });
});
