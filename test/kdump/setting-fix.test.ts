import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../src/kdump/check-machine.ts';
import {
  debian12,
  type HealthyMachine,
  kdumpMachineFacts,
  type MachineChange,
  rhel9,
  sles15,
} from '../builders/kdump-machine.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { append, cmdline, edit, files } from './check-cases/case.ts';

const conf = '/etc/kdump.conf';
const sysconfig = '/etc/sysconfig/kdump';
const tools = '/etc/default/kdump-tools';
const shadow = '/etc/default/grub.d/zz-cloud.cfg';
const hard = '/etc/sysctl.d/99-hard.conf';

const cases: readonly (readonly [string, HealthyMachine, string, MachineChange, string])[] = [
  ['a shell', rhel9, 'failure-action-hang', append(rhel9, conf, 'failure_action shell'), conf],
  ['a halt', rhel9, 'final-action', append(rhel9, conf, 'final_action  halt'), conf],
  ['level 0', rhel9, 'dump-level', edit(rhel9, conf, '-d 31', '-d 0'), conf],
  ['no panic=', rhel9, 'capture-cmdline-panic', edit(rhel9, sysconfig, ' panic=10', ''), sysconfig],
  [
    'panic=0',
    rhel9,
    'capture-cmdline-panic',
    edit(rhel9, sysconfig, 'panic=10', 'panic=0'),
    sysconfig,
  ],
  [
    'no irqpoll',
    rhel9,
    'capture-cmdline-basics',
    edit(rhel9, sysconfig, 'irqpoll ', ''),
    sysconfig,
  ],
  [
    'slub_debug',
    rhel9,
    'capture-cmdline-inherit',
    cmdline(rhel9, { add: 'isolcpus=1-3' }),
    sysconfig,
  ],
  [
    'a level that is none',
    sles15,
    'dump-level',
    edit(sles15, sysconfig, 'LEVEL="31"', 'LEVEL="x"'),
    sysconfig,
  ],
  [
    'a log alone',
    sles15,
    'core-collector-valid',
    edit(sles15, sysconfig, 'compressed', 'none'),
    sysconfig,
  ],
  [
    'a shell',
    sles15,
    'failure-action-hang',
    edit(sles15, sysconfig, 'ERROR="true"', 'ERROR="no"'),
    sysconfig,
  ],
  [
    'a wait',
    sles15,
    'final-action',
    edit(sles15, sysconfig, 'REBOOT="true"', 'REBOOT="no"'),
    sysconfig,
  ],
  [
    'huge pages',
    sles15,
    'capture-cmdline-inherit',
    cmdline(sles15, { add: 'hugepagesz=1G dyndbg="file a +p"' }),
    sysconfig,
  ],
  [
    'off',
    debian12,
    'use-kdump-enabled',
    edit(debian12, tools, 'USE_KDUMP=1', 'USE_KDUMP=0'),
    tools,
  ],
  ['no panic=', debian12, 'capture-cmdline-panic', edit(debian12, tools, ' panic=10', ''), tools],
  [
    'isolcpus',
    debian12,
    'capture-cmdline-inherit',
    cmdline(debian12, { add: 'isolcpus=1-3' }),
    tools,
  ],
  ['level 1', debian12, 'dump-level', append(debian12, tools, 'MAKEDUMP_ARGS="-c -d 1"'), tools],
  [
    'a shell',
    debian12,
    'failure-action-hang',
    append(debian12, tools, 'KDUMP_FAIL_CMD=bash'),
    tools,
  ],
  [
    'no old dump',
    sles15,
    'target-old-dumps',
    edit(sles15, sysconfig, 'DUMPS="5"', 'DUMPS="-1"'),
    sysconfig,
  ],
  [
    'a later file',
    debian12,
    'grub-source-shadowed',
    files({ [shadow]: 'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"\n' }),
    shadow,
  ],
  [
    'a hardened kernel',
    debian12,
    'kexec-load-disabled',
    files({ [hard]: 'kernel.dmesg_restrict = 1\nkernel.kexec_load_disabled = 1\n' }),
    hard,
  ],
  [
    'a later sysctl file',
    rhel9,
    'panic-on-oops',
    files({
      [hard]: 'kernel.panic = 60\nkernel/panic_on_oops=0\n',
      '/proc/sys/kernel/panic_on_oops': null,
    }),
    hard,
  ],
];

async function finding(machine: HealthyMachine, id: string, change: MachineChange) {
  const { findings } = checkMachine(await kdumpMachineFacts(machine, change), 'test');
  return findings.find((each) => each.id === `kdump/${id}`);
}

// Types the commands into a shell that has nothing but this file, and answers every file that is there then.
function typed(commands: readonly string[], path: string, before: string): Record<string, string> {
  const root = temporaryFolder('fix');
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), before);
  for (const command of commands.filter((each) => / \/etc\/\S+$/.test(each))) {
    execFileSync('sh', ['-c', command.replace(/ (\/etc\/\S+)$/, ` ${root}$1`)]);
  }
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [`/${name}`, readFileSync(join(root, name), 'utf8')]),
  );
}

describe('the commands that are printed for a setting', () => {
  it.each(cases)('mend it when they are typed: %s', async (_, machine, id, change, path) => {
    const broken = await finding(machine, id, change);
    expect(broken?.state).toMatch(/^(?:warn|fail)$/);
    const before = String(change.files?.[path] ?? machine.files[path]);
    const after = typed(broken?.fix ?? [], path, before);
    expect(after[path]).not.toBe(before);
    const mended = await finding(machine, id, { files: { ...change.files, ...after } });
    expect(mended?.state, `${mended?.says}\n${JSON.stringify(after)}`).toBe('pass');
  });
});

describe('the commands that are printed for the dump folder', () => {
  it.each<[string, (path: string) => void]>([
    ['nothing is there', () => undefined],
    ['a link to nowhere', (path) => symlinkSync(join(dirname(path), 'none'), path)],
    ['a file', (path) => writeFileSync(path, '')],
  ])('make it where there is %s', async (_, make) => {
    const path = join(temporaryFolder('fix'), 'my crash');
    make(path);
    const change = edit(debian12, tools, '"/var/crash"', `"${path}"`);
    const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const files = { ...change.files, ...(isFile ? { [path]: '' } : {}) };
    const broken = await finding(debian12, 'target-resolves', { files });
    expect(broken?.state).toMatch(/^(?:warn|fail)$/);
    for (const command of (broken?.fix ?? []).filter((each) => each.includes('my crash')))
      execFileSync('sh', ['-c', command]);
    expect(statSync(path).isDirectory()).toBe(true);
  });
});
