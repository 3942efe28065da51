import { describe, expect, it } from 'vitest';
import { openFileSource } from '../../src/host/file-source.ts';
import type { Fact } from '../../src/model/fact.ts';
import { analyseDump } from '../../src/vmcore/analyse.ts';
import type { Analysis } from '../../src/vmcore/analysis.ts';
import { renderLogRecord } from '../../src/vmcore/log/kernel-log.ts';
import { buildPage } from '../../src/vmcore/page/build-page.ts';
import { describeWalk } from '../../src/vmcore/page/deep-sections.ts';
import { renderMarkdown } from '../../src/vmcore/page/render-markdown.ts';
import { renderText } from '../../src/vmcore/page/render-text.ts';
import { bufferSource } from '../builders/byte-writer.ts';
import {
  converted,
  groundTruth,
  hasMakedumpfile,
  hasRealDumps,
  realDump,
  trueLog,
} from './real-dumps.ts';

const nullDump = 'x86_64-6.1-null.kdump-none-d31';

async function analyse(paths: readonly string[], depth: 'log' | 'all' = 'all'): Promise<Analysis> {
  const sources = paths.map((path) => openFileSource(path));
  try {
    return (await analyseDump(sources, { depth })).analysis;
  } finally {
    for (const source of sources) source.close();
  }
}

function known<Value>(fact: Fact<Value> | undefined): Value {
  if (fact?.state !== 'known') throw new Error(`not known: ${JSON.stringify(fact)}`);
  return fact.value;
}

function logOf(analysis: Analysis, hasCallers = false): string {
  const { records } = known(analysis.log);
  return records.map((record) => renderLogRecord(record, { hasCallers })).join('');
}

interface Expected {
  readonly name: string;
  readonly title: string;
  readonly hasCallers?: boolean;
  readonly release: string;
  readonly symbols: number;
  readonly tasks?: number;
  readonly stack: readonly string[];
}

const expected: readonly Expected[] = [
  {
    name: 'x86_64-6.1-null.elf-d31',
    title: 'NULL pointer dereference in labcrash_null [labcrash]',
    release: '6.1.0-50-amd64',
    symbols: 94101,
    tasks: 52,
    stack: ['panic', 'oops_end.cold', 'page_fault_oops', 'exc_page_fault', 'asm_exc_page_fault'],
  },
  {
    name: nullDump,
    title: 'NULL pointer dereference in labcrash_null [labcrash]',
    release: '6.1.0-50-amd64',
    symbols: 94101,
    tasks: 52,
    stack: ['asm_exc_page_fault', 'labcrash_null', 'labcrash_init', 'do_one_initcall'],
  },
  {
    name: 'x86_64-6.1-hung.kdump-none-d31',
    title: 'hung task: insmod in labcrash_init [labcrash]',
    release: '6.1.0-50-amd64',
    symbols: 94101,
    tasks: 52,
    stack: ['panic', 'watchdog.cold', 'kthread', 'ret_from_fork'],
  },
  {
    name: 'x86_64-5.10-sysrq.kdump-none-d31',
    title: 'crash triggered by hand (SysRq)',
    release: '5.10.0-32-amd64',
    symbols: 104888,
    tasks: 44,
    stack: ['panic', 'sysrq_handle_crash', '__handle_sysrq.cold', 'write_sysrq_trigger'],
  },
  {
    name: 'x86_64-6.12-null.kdump-none-d31',
    title: 'NULL pointer dereference in labcrash_null [labcrash]',
    hasCallers: true,
    release: '6.12.117+deb13-amd64',
    symbols: 166932,
    tasks: 64,
    stack: ['labcrash_null', 'labcrash_init', 'do_one_initcall', 'do_init_module'],
  },
  {
    name: 'x86_64-6.1cloud-init.qemu-elf',
    title: 'init died: it exited with status 3',
    release: '6.1.0-50-cloud-amd64',
    symbols: 87182,
    tasks: 51,
    stack: ['panic', 'do_exit.cold', 'do_group_exit', '__x64_sys_exit_group', 'do_syscall_64'],
  },
  {
    name: 'arm64-6.1-sysrq.qemu-elf',
    title: 'crash triggered by hand (SysRq)',
    release: '6.1.0-50-cloud-arm64',
    symbols: 44630,
    stack: ['panic', 'sysrq_handle_crash', '__handle_sysrq', 'write_sysrq_trigger'],
  },
];

describe.runIf(hasRealDumps)('real dumps', () => {
  describe.each(expected)('$name', (truth) => {
    it('has the log of the reference, line by line', async () => {
      const log = logOf(await analyse([realDump(truth.name)], 'log'), truth.hasCallers);
      const wanted = trueLog(truth.name).split('\n');
      if (groundTruth(truth.name).dmesg_source?.startsWith('serial')) {
        // The console shows what its log level lets pass: every line of it must be in the log, in order.
        const lines = log.split('\n').map((line) => line.trimEnd());
        let from = 0;
        for (const line of wanted.filter((text) => /^\[ *\d/.test(text))) {
          const at = lines.indexOf(line.trimEnd(), from);
          expect([line, at >= 0]).toEqual([line, true]);
          from = at;
        }
      } else {
        expect(log.split('\n')).toEqual(wanted);
      }
    });

    it('says what happened', async () => {
      const analysis = await analyse([realDump(truth.name)]);
      const crash = known(analysis.crash);
      expect(crash.title).toBe(truth.title);
      expect(analysis.system.release).toBe(truth.release);
      expect(analysis.system.crashTime?.at).toBeGreaterThan(Date.UTC(2026, 10, 23, 16));
      const panic = groundTruth(truth.name).panic_lines[0] ?? '';
      expect(panic).toContain(crash.panicMessage);
      const place = groundTruth(truth.name).rip_lines[0]?.match(/0010:(\w+)\+/)?.[1];
      if (place) expect(crash.trace.instruction?.name).toBe(place);
      expect(known(analysis.deep?.symbols).count).toBe(truth.symbols);
      const names = known(analysis.deep?.cpuStacks)[0]?.frames.map(({ name }) => name) ?? [];
      const start = names.indexOf(truth.stack[0] ?? '');
      expect(names.slice(start, start + truth.stack.length)).toEqual(truth.stack);
      if (truth.tasks) {
        expect(known(analysis.deep?.tasks)).toHaveLength(truth.tasks);
        expect(analysis.deep?.problems).toEqual([]);
      } else {
        // Debian's arm64 cloud kernel has no BTF: the rest stands and this says why.
        expect(analysis.deep?.tasks).toMatchObject({ state: 'unreadable' });
      }
      for (const page of [renderText, renderMarkdown].map((render) =>
        render(buildPage(analysis, { tasks: true, backtraces: true, modules: true })),
      )) {
        expect(page.replaceAll('\\', '')).toContain(truth.title);
      }
    });
  });

  it('agrees with the recorded crash session about modules and tasks', async () => {
    const { deep } = await analyse([realDump(nullDump)]);
    const modules = known(deep?.modules);
    expect(modules.map(({ name, address }) => [name, address.toString(16)])).toEqual([
      ['labcrash', 'ffffffffc02cc040'],
      ['qemu_fw_cfg', 'ffffffffc02c72c0'],
    ]);
    expect(modules[0]?.taints.map(({ letter }) => letter)).toEqual(['O', 'E']);
    const insmod = known(deep?.tasks).find(({ comm }) => comm === 'insmod');
    expect(insmod).toMatchObject({ pid: 94, cpu: 0, isOnCpu: true, address: 0xffff8ad306338000n });
    const memory = known(deep?.memory);
    expect(memory.total).toBe(20483 * 4096);
    // crash counts the pages that sit in per-CPU lists too; the zone counter alone is within one per cent of RAM.
    expect(Math.abs(memory.free - 13136 * 4096)).toBeLessThan(memory.total / 100);
  });

  it('shows the stack of the task that hangs', async () => {
    const { deep } = await analyse([realDump('x86_64-6.1-hung.kdump-none-d31')]);
    const groups = known(deep?.blocked);
    expect(groups.map(({ tasks }) => tasks.map(({ comm }) => comm))).toEqual([['insmod']]);
    const walk = groups[0]?.walk;
    expect(walk && describeWalk(walk).slice(0, 4)).toEqual([
      '__schedule+0x34d',
      'schedule+0x5a',
      'labcrash_init+0xee [labcrash]',
      'do_one_initcall+0x59',
    ]);
    expect(walk?.end).toBe('user');
  });

  it('has the same log in a truncated ELF, as far as the kernel lies before the cut', async () => {
    const source = openFileSource(realDump('x86_64-6.1cloud-init.qemu-elf'));
    const bytes = source.read(0, source.size);
    source.close();
    const cut = bufferSource(bytes.subarray(0, Math.floor(bytes.length * 0.9)));
    const { analysis } = await analyseDump([cut], { depth: 'all' });
    expect(analysis.files[0]?.identity.completeness).toBe('incomplete');
    if (analysis.log.state === 'known') {
      expect(logOf(analysis)).toBe(trueLog('x86_64-6.1cloud-init.qemu-elf'));
    } else {
      expect(analysis.log).toMatchObject({ why: expect.stringContaining('missing') });
    }
  });

  it('finds VMCOREINFO in memory when the headers have none', async () => {
    const source = openFileSource(realDump('x86_64-6.1cloud-init.qemu-elf'));
    const bytes = source.read(0, source.size);
    source.close();
    // As QEMU writes without the vmcoreinfo device: the note's name is another one.
    const at = bytes.indexOf('VMCOREINFO\0');
    expect(at).toBeLessThan(4096);
    bytes.write('NOTHINGATA', at, 'latin1');
    const { analysis, dump } = await analyseDump([bufferSource(bytes)], { depth: 'log' });
    expect(dump?.infoFrom).toBe('search');
    expect(logOf(analysis)).toBe(trueLog('x86_64-6.1cloud-init.qemu-elf'));
  });

  it.each([
    ['dump-incomplete', 'elf or kdump inside', 'flattened'],
    ['kdump-header-only', 'sub-header', 'kdump-compressed'],
    ['vmcore-zeros', 'zeroes', 'zeroes'],
  ])('%s is named and incomplete', async (name, _, format) => {
    const analysis = await analyse([realDump(name)]);
    expect(analysis.files[0]?.identity).toMatchObject({ format, completeness: 'incomplete' });
    expect(analysis.log.state).toBe('unreadable');
    expect(
      renderText(buildPage(analysis, { tasks: true, backtraces: true, modules: true })),
    ).toMatch(/complete +NO/);
  });
});

describe.runIf(hasRealDumps && hasMakedumpfile)('formats of makedumpfile', () => {
  it.each(['zlib', 'lzo', 'flattened'] as const)('%s', async (format) => {
    const source = format === 'flattened' ? 'x86_64-6.1-null.elf-d31' : nullDump;
    const analysis = await analyse(converted(source, format));
    expect(logOf(analysis)).toBe(trueLog(nullDump));
    const identity = analysis.files[0]?.identity;
    expect(identity?.completeness).toBe('complete');
    expect(identity?.pageCompression).toBe(format === 'lzo' ? 'lzo' : 'zlib');
    expect(known(analysis.deep?.tasks)).toHaveLength(52);
  });

  it('a split set in any order; a part alone says what it lacks', async () => {
    const parts = converted(nullDump, 'split');
    const whole = await analyse([...parts].reverse());
    expect(whole.problems).toEqual([]);
    expect(logOf(whole)).toBe(trueLog(nullDump));
    expect(known(whole.deep?.symbols).count).toBe(94101);
    const lone = await analyse(parts.slice(0, 1));
    expect(lone.problems).toEqual([expect.stringContaining('Parts of the split set are missing')]);
  });
});
