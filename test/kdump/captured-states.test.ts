import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import { gatherFacts } from '../../src/kdump/gather/gather.ts';
import { renderText } from '../../src/kdump/report/render-text.ts';
import { type MemoryFile, memorySystem } from './memory-system.ts';

const folder = fileURLToPath(new URL('../../../shared/data/kdump/', import.meta.url));

/** Output of each command in a capture, without its exit status. */
function outputs(text: string): ReadonlyMap<string, string> {
  const pieces = text.split(/^\$ /m).slice(1);
  return new Map(
    pieces.map((piece) => {
      const end = piece.indexOf('\n');
      return [piece.slice(0, end), piece.slice(end + 1).replace(/\[rc=\d+\]\s*$/, '')];
    }),
  );
}

// The machine as far as its capture tells; what every state shares comes from the capture of the ready one.
function capturedSystem(name: string) {
  const ready = outputs(readFileSync(`${folder}bookworm-ready.txt`, 'utf8'));
  const own = outputs(readFileSync(`${folder}bookworm-${name}.txt`, 'utf8'));
  const get = (command: string) => own.get(command) ?? ready.get(command) ?? '';
  const files: Record<string, MemoryFile> = {};
  for (const path of [
    '/proc/cmdline',
    '/sys/kernel/kexec_crash_loaded',
    '/sys/kernel/kexec_crash_size',
    '/proc/meminfo',
    '/etc/os-release',
  ])
    files[path] = { bytes: get(`cat ${path}`) };
  const crash = own.get('grep -i crash /proc/iomem') ?? '';
  const iomem = (ready.get('cat /proc/iomem') ?? '').replace(/^.*Crash kernel\n/m, crash);
  files['/proc/iomem'] = { bytes: iomem };
  files['/etc/default/kdump-tools'] = { bytes: get("grep -vE '^(#|$)' /etc/default/kdump-tools") };
  files['/proc/sys/kernel/osrelease'] = { bytes: '6.1.0-50-amd64\n' };
  files['/lib/systemd/system/kdump-tools.service'] = { bytes: '' };
  files['/usr/bin/makedumpfile'] = { bytes: 'x' };
  files['/boot/vmlinuz-6.1.0-50-amd64'] = { bytes: '', size: 8_222_656 };
  if (get('systemctl is-enabled kdump-tools').trim() === 'enabled')
    files['/etc/systemd/system/basic.target.wants/kdump-tools.service'] = {
      bytes: '',
      link: '/lib/systemd/system/kdump-tools.service',
    };
  for (const line of get('ls -la /var/lib/kdump').split('\n')) {
    const match = /^([l-])\S+ +\d+ \S+ +\S+ +(\d+) \S+ +\S+ +\S+ (\S+)(?: -> (\S+))?$/.exec(line);
    if (!match) continue;
    const [, kind, size, file = '', link] = match;
    files[`/var/lib/kdump/${file}`] = {
      bytes: '',
      size: Number(size),
      ...(kind === 'l' && link ? { link } : {}),
    };
  }
  const free =
    Number(/(\d+) +\d+% /.exec(get('df -Pk /var/crash').split('\n')[1] ?? '')?.[1] ?? 0) * 1024;
  return memorySystem(files, { folders: ['/var/crash', '/boot'], freeBytes: free });
}

// What each state's name says; a captured initrd has no bytes, so that its wholeness stays unknown or is a failure.
const expected: Readonly<Record<string, { verdict: RegExp; ids: readonly string[] }>> = {
  'coredir-missing': { verdict: /at risk|not ready/, ids: ['target-resolves'] },
  'crashkernel-not-reservable': {
    verdict: /not ready/,
    ids: ['crashkernel-syntax', 'crashkernel-actually-reserved', 'crash-kernel-loaded'],
  },
  'crashkernel-too-small': {
    verdict: /not ready/,
    ids: ['crashkernel-actually-reserved', 'crashkernel-size-enough', 'crash-kernel-loaded'],
  },
  'disk-nearly-full': { verdict: /at risk|not ready/, ids: ['target-space-predicted'] },
  'initrd-missing': { verdict: /not ready/, ids: ['capture-initrd-exists', 'crash-kernel-loaded'] },
  'kernel-link-broken': { verdict: /not ready/, ids: ['capture-kernel-exists'] },
  'no-crashkernel': { verdict: /not ready/, ids: ['crashkernel-present', 'crash-kernel-loaded'] },
  'service-disabled': { verdict: /not ready/, ids: ['kdump-unit-state'] },
  'service-stopped': { verdict: /not ready/, ids: ['crash-kernel-loaded'] },
  'use-kdump-0': { verdict: /not ready/, ids: ['use-kdump-enabled', 'crash-kernel-loaded'] },
};

async function reportOf(name: string) {
  const facts = await gatherFacts(capturedSystem(name), {
    purpose: 'server',
    isPredicting: false,
    nowMs: 1_795_000_000_000,
  });
  // The bytes of the initrd were not captured: what is in it is not known.
  return checkMachine(
    { ...facts, initrd: { state: 'unreadable', from: 'initrd', why: 'was not captured' } },
    'test',
  );
}

if (!existsSync(folder))
  process.stderr.write(`SKIPPED for want of ${folder}: captured kdump states\n`);

describe.skipIf(!existsSync(folder))('captured kdump states', () => {
  it.each(Object.entries(expected))('%s', async (name, { verdict, ids }) => {
    const report = await reportOf(name);
    expect(report.verdict, renderText(report)).toMatch(verdict);
    const wrong = report.findings
      .filter(({ state }) => state === 'fail' || state === 'warn')
      .map(({ id }) => id);
    for (const id of ids) expect(wrong).toContain(`kdump/${id}`);
  });

  it.each(['ready', 'back-to-ready'])(
    '%s has no failure, and what was not captured is unproven',
    async (name) => {
      const report = await reportOf(name);
      expect(
        report.findings
          .filter(({ state }) => state === 'fail')
          .map(({ id, says }) => `${id}: ${says}`),
      ).toEqual([]);
      expect(report.verdict, report.because).toBe('unproven');
    },
  );

  it('has an expectation for every capture', () => {
    const names = readdirSync(folder).flatMap(
      (file) => /^bookworm-(.*)\.txt$/.exec(file)?.[1] ?? [],
    );
    expect(names.sort()).toEqual([...Object.keys(expected), 'ready', 'back-to-ready'].sort());
  });
});
