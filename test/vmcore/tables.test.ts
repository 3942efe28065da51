import { describe, expect, it } from 'vitest';
import { taintsOfLetters, taintsOfMask } from '../../src/vmcore/crash/taint.ts';
import { parseVmcoreInfo } from '../../src/vmcore/format/vmcoreinfo.ts';
import type { Task } from '../../src/vmcore/kernel/tasks.ts';
import { parseTypes } from '../../src/vmcore/memory/type-table.ts';
import { groupStacks } from '../../src/vmcore/stack/stack-groups.ts';
import type { StackWalk } from '../../src/vmcore/stack/stack-walk.ts';

/** Names of types, and where each stands in the strings of BTF. */
function nameTable() {
  const names: string[] = [''];
  return {
    names,
    nameAt(name: string): number {
      if (!names.includes(name)) names.push(name);
      return names.slice(0, names.indexOf(name)).reduce((sum, text) => sum + text.length + 1, 0);
    },
  };
}

describe('types', () => {
  const { nameAt, names } = nameTable();
  const word = (...values: number[]) => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
    return bytes;
  };
  const kind = (number: number, members = 0, flag = 0) =>
    (number << 24) | members | (flag ? 0x80000000 : 0);
  const section = Buffer.concat([
    // 1: int; 2: char[16]; 3: anonymous union { int state; } ; 4: typedef of 1; 5: the struct; 6: an enum; 7: pointer
    word(nameAt('int'), kind(1), 4, 0),
    word(0, kind(3), 0, 1, 1, 16),
    word(0, kind(5, 1), 4, nameAt('state'), 1, 0),
    word(nameAt('pid_t'), kind(8), 1),
    word(nameAt('task_struct'), kind(4, 5, 1), 64),
    word(
      nameAt('first'),
      4,
      0,
      0,
      3,
      64,
      nameAt('comm'),
      2,
      128,
      nameAt('bit'),
      1,
      (1 << 24) | 300,
    ),
    word(nameAt('next'), 7, 384),
    word(nameAt('zone'), kind(6, 2), 4, nameAt('A'), 0, nameAt('B'), 7),
    word(0, kind(2), 5),
  ]);
  const strings = Buffer.from(`${names.join('\0')}\0`, 'latin1');
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(section.length, 12);
  header.writeUInt32LE(section.length, 16);
  header.writeUInt32LE(strings.length, 20);
  const types = parseTypes(Buffer.concat([header, section, strings]));

  it('finds members, through anonymous ones and bit fields', () => {
    expect(types.count).toBe(7);
    expect(types.size('task_struct')).toBe(64);
    expect(types.offset('task_struct', 'first')).toBe(0);
    expect(types.offset('task_struct', 'state')).toBe(8);
    expect(types.offset('task_struct', 'comm')).toBe(16);
    expect(types.offset('task_struct', 'bit')).toBe(37);
    expect(types.offset('task_struct', 'next')).toBe(48);
    expect(types.offset('task_struct', 'nothing')).toBeUndefined();
    expect(types.offset('no_struct', 'x')).toBeUndefined();
  });

  it('knows sizes, lengths and values', () => {
    expect(types.memberSize('task_struct', 'first')).toBe(4);
    expect(types.memberSize('task_struct', 'comm')).toBe(64);
    expect(types.memberSize('task_struct', 'next')).toBe(8);
    expect(types.arrayLength('task_struct', 'comm')).toBe(16);
    expect(types.enumValue('zone', 'B')).toBe(7);
    expect(types.enumValue('zone', 'C')).toBeUndefined();
  });
});

describe('VMCOREINFO', () => {
  const info = parseVmcoreInfo(
    Buffer.from(
      'OSRELEASE=6.1\nSYMBOL(a)=ffffffff81000000\nNUMBER(n)=-375390208\nNUMBER(h)=0xffff\nOFFSET(s.m)=16\nOSRELEASE=late\nrubbish\n=x\n\0ignored=1',
    ),
  );

  it('gives each kind of value, the first of two', () => {
    expect(info.get('OSRELEASE')).toBe('6.1');
    expect(info.symbol('a')).toBe(0xffffffff81000000n);
    expect(info.number('n')).toBe(-375390208n);
    expect(info.number('h')).toBe(0xffffn);
    expect(info.offset('s.m')).toBe(16);
    expect(info.get('ignored')).toBeUndefined();
  });

  it.each(['zz', '', '0xff', '-1', 'f'.repeat(17)])('refuses the address %j', (value) => {
    expect(parseVmcoreInfo(Buffer.from(`SYMBOL(a)=${value}\n`)).symbol('a')).toBeUndefined();
  });
});

describe('taints', () => {
  it('are the same by letters and by mask', () => {
    // 0x3080: bits 7, 12 and 13, as the module of the real dumps sets them.
    expect(taintsOfMask(0x3080n)).toEqual(taintsOfLetters('G      D    OE'));
    expect(taintsOfMask(0n)).toEqual([]);
  });
});

describe('stacks', () => {
  const walk = (...names: string[]): StackWalk => ({
    method: 'orc',
    end: 'user',
    frames: names.map((name) => ({
      name,
      offset: 1,
      module: undefined,
      address: 1n,
      isReliable: true,
    })),
  });
  const task = (pid: number) => ({ pid, comm: `t${pid}` }) as Task;

  it('that are the same stand together, the biggest group first', () => {
    const groups = groupStacks([
      { task: task(1), walk: walk('a', 'b') },
      { task: task(2), walk: walk('c') },
      { task: task(3), walk: walk('c') },
      { task: task(4), walk: undefined },
    ]);
    expect(groups.map(({ tasks }) => tasks.map(({ pid }) => pid))).toEqual([[2, 3], [1], [4]]);
  });
});
