import { describe, expect, it } from 'vitest';
import { crashClasses } from '../../src/vmcore/crash/crash-classes.ts';
import { crashMeanings } from '../../src/vmcore/crash/crash-meanings.ts';
import { findCrash, parseLinkedModules } from '../../src/vmcore/crash/crash-report.ts';
import { findTrouble } from '../../src/vmcore/crash/earlier-trouble.ts';
import { normalName } from '../../src/vmcore/crash/signature.ts';
import { parseLogLines } from '../../src/vmcore/log/log-legacy.ts';
import { splitLines } from '../../src/vmcore/log/log-lines.ts';
import { crashLogs } from './crash-logs.ts';

const boot = `Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org) #1 SMP
smpboot: Allowing 4 CPUs`;

/** The log as it would be in a dump: boot messages long before, then the crash. */
function linesOf(log: string, startSeconds = 5000) {
  const stamp = (seconds: number, line: string) => `[${seconds.toFixed(6).padStart(12)}] ${line}`;
  const early = boot.split('\n').map((line) => stamp(0, line));
  const late = log.split('\n').map((line, index) => stamp(startSeconds + index / 1000, line));
  return splitLines(parseLogLines([...early, ...late].join('\n')));
}

describe('the crash of a log', () => {
  it.each(crashLogs)('$name', (expected) => {
    const crash = findCrash(linesOf(expected.log));
    expect(crash).toMatchObject({ crashClass: expected.crashClass, title: expected.title });
    if (expected.frames) expect(crash?.signature.frames).toEqual(expected.frames);
    if (expected.comm) expect(crash?.subject.comm).toBe(expected.comm);
    if (expected.pid !== undefined) expect(crash?.subject.pid).toBe(expected.pid);
    if (expected.cpu !== undefined) expect(crash?.subject.cpu).toBe(expected.cpu);
    if (expected.taints) {
      expect(crash?.taints.map(({ letter }) => letter).join('')).toBe(
        [...'PFSRMBUDAWCIOELKXTNJ'].filter((letter) => expected.taints?.includes(letter)).join(''),
      );
    }
    for (const [label, value] of Object.entries(expected.details ?? {})) {
      expect(crash?.details).toContainEqual({ label, value });
    }
  });

  it('covers every class', () => {
    const covered = new Set(crashLogs.map(({ crashClass }) => crashClass));
    expect(crashClasses.filter((name) => !covered.has(name))).toEqual([]);
    expect(Object.keys(crashMeanings).sort()).toEqual([...crashClasses].sort());
  });

  it('has a signature that does not change with addresses, offsets, hosts and releases', () => {
    const [first] = crashLogs.filter(({ name }) => name === 'NULL pointer, 5.0 and later');
    const other = (first?.log ?? '')
      .replaceAll('+0x38/0x1000', '+0x44/0x1010')
      .replaceAll('.constprop.0', '')
      .replaceAll('6.1.0-50-amd64', '6.12.1-amd64')
      .replaceAll('PID: 4242', 'PID: 7');
    const signatures = [first?.log ?? '', other].map((log) => findCrash(linesOf(log))?.signature);
    expect(signatures[0]).toEqual(signatures[1]);
    expect(signatures[0]?.exact).toMatch(/^[0-9a-f]{16}$/);
    expect(signatures[0]?.loose).toMatch(/^[0-9a-f]{12}$/);
  });

  it('has different signatures for different classes', () => {
    const exact = crashLogs.map(({ log }) => findCrash(linesOf(log))?.signature.exact);
    // Three kinds share a parameter-free signature by design: sysrq twice, out of memory twice.
    expect(new Set(exact).size).toBe(exact.length - 2);
  });

  it('takes the first oops of the burst, not the one that follows from it', () => {
    const [one, two] = ['NULL pointer, 5.0 and later', 'divide error'].map(
      (name) => crashLogs.find((entry) => entry.name === name)?.log ?? '',
    );
    const both = `${one?.replace(/\nKernel panic[\s\S]*/, '')}\n${two}`;
    expect(findCrash(linesOf(both))?.crashClass).toBe('null-dereference');
  });

  it('leaves an oops that the machine survived to the troubles before', () => {
    const oops = crashLogs.find(({ name }) => name === 'divide error')?.log ?? '';
    const survived = linesOf(oops.replace(/\nKernel panic[\s\S]*/, ''), 100);
    const later = linesOf('systemd[1]: still here', 9000);
    expect(findCrash([...survived, ...later])).toBeUndefined();
    const hang = crashLogs.find(({ name }) => name === 'hung task')?.log ?? '';
    const crash = findCrash([...survived, ...linesOf(hang, 9000)]);
    expect(crash?.crashClass).toBe('hung-task');
  });

  it('finds the crash when kexec left no panic line', () => {
    const oops = crashLogs.find(({ name }) => name === 'divide error')?.log ?? '';
    const crash = findCrash(linesOf(oops.replace(/\nKernel panic[\s\S]*/, '')));
    expect(crash).toMatchObject({ crashClass: 'processor-exception', panicMessage: undefined });
  });

  it('finds nothing in a log without crash', () => {
    expect(findCrash(linesOf('systemd[1]: Reached target'))).toBeUndefined();
    expect(findCrash([])).toBeUndefined();
  });

  it('reads task line and taint of 6.12', () => {
    const log = `BUG: kernel NULL pointer dereference, address: 0000000000000000
Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 UID: 1000 PID: 148 Comm: my app Tainted: P        W  O       6.12.1 #1
Tainted: [P]=PROPRIETARY_MODULE, [W]=WARN, [O]=OOT_MODULE
RIP: 0010:foo+0x17/0x30 [foo]`;
    const crash = findCrash(linesOf(log));
    expect(crash?.subject).toEqual({ cpu: 0, pid: 148, comm: 'my app' });
    expect(crash?.taints.map(({ letter }) => letter)).toEqual(['P', 'W', 'O']);
    expect(crash?.release).toBe('6.12.1');
  });
});

describe('parts of a report', () => {
  it.each([
    ['foo.isra.0', 'foo'],
    ['foo.constprop.0.isra.3.cold', 'foo'],
    ['foo.part.0.cold.12', 'foo'],
    ['__x64_sys_finit_module', 'sys_finit_module'],
    ['__do_sys_finit_module', 'sys_finit_module'],
    ['__arm64_sys_write', 'sys_write'],
    ['watchdog.cold', 'watchdog'],
    ['plain', 'plain'],
  ])('%s is %s', (name, expected) => expect(normalName(name)).toBe(expected));

  it('parses linked modules', () => {
    expect(parseLinkedModules('a b(OE) c(P+) nvidia_drm(POE) [last unloaded: x]')).toEqual([
      { name: 'a', flags: '' },
      { name: 'b', flags: 'OE' },
      { name: 'c', flags: 'P+' },
      { name: 'nvidia_drm', flags: 'POE' },
    ]);
  });

  it('counts what was wrong before', () => {
    const lines = linesOf(
      [
        'EXT4-fs error (device sda1): ext4_find_entry:1455',
        'blk_update_request: I/O error, dev sda, sector 1',
        'blk_update_request: I/O error, dev sda, sector 2',
        'nfs: server fs1 not responding, still trying',
        'all is well',
      ].join('\n'),
    );
    expect(findTrouble(lines).map(({ kind, count }) => [kind, count])).toEqual([
      ['file system error', 1],
      ['I/O error', 2],
      ['NFS not responding', 1],
    ]);
  });
});
