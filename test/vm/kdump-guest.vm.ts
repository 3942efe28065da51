import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { brokenStates } from './broken-states.ts';
import { cacheFolder, type GuestImages, prepareGuestImages } from './guest-images.ts';
import {
  lookAndPanicJob,
  lookJob,
  rehearsalJob,
  remoteRehearsalJob,
  remoteVerifyAndBreakJob,
  verifyAndBreakJob,
} from './jobs.ts';
import { type Boot, type BootRecord, bootMachine, createMachine, type Machine } from './machine.ts';
import { makePayload } from './payload.ts';
import { type DumpRecord, type RemoteRecord, renderRecord, type StateRecord } from './record.ts';
import { remoteStates } from './remote-states.ts';
import { makeRemoteTarget, type RemoteTarget } from './remote-target.ts';
import { findingOf, type Look, readLook, saysOf } from './report.ts';
import { captureSeconds, savedTo } from './serial.ts';
import { firstLine, programVersion } from './versions.ts';

const tools = [
  ...['qemu-system-x86_64', 'qemu-img', 'debootstrap', 'mkfs.ext4', 'unshare', 'npm'],
  ...['sshd', 'ssh-keygen', 'setpriv'],
];
const runs = join(cacheFolder(), 'run');
// Without KVM a boot takes one minute, and ten on a busy machine: the limit is only for what hangs.
const healthy = { crashkernel: '256M', kernel: 'base', minutes: 45 } as const;
const timeout = 50 * 60_000;

describeWith(process.getuid?.() === 0 ? tools : ['root'], 'kdump in a real Debian guest', () => {
  const started = Date.now();
  const sonae = programVersion();
  const states: StateRecord[] = [];
  let images: GuestImages;
  let payload: string;
  let dump: DumpRecord | undefined;
  let remote: RemoteRecord | undefined;
  let readyText = '';

  beforeAll(async () => {
    images = await prepareGuestImages();
    await rm(runs, { recursive: true, force: true });
    await mkdir(runs, { recursive: true });
    payload = await makePayload(runs);
  });

  const newMachine = (name: string, image: 'base' | 'updated') =>
    createMachine(join(runs, name), images.folder, image, payload);

  async function expectSeen(
    look: Look,
    state: Pick<StateRecord, 'name' | 'story'> & {
      readonly seenBy: readonly string[];
      readonly verdicts: readonly string[];
    },
  ): Promise<void> {
    const { findings, verdict } = look.report;
    const sawIt = findingOf(look.report, state.seenBy);
    const raised = findings.filter((each) => each.state === 'warn' || each.state === 'fail');
    states.push({ name: state.name, story: state.story, look, sawIt });
    expect(sawIt, `${state.seenBy} not among ${raised.map(({ id }) => id)}`).toBeDefined();
    expect(state.verdicts, `the verdict is ${verdict}`).toContain(verdict);
  }

  describe('a healthy machine, rehearsed with a real panic', () => {
    let before: BootRecord;
    let after: BootRecord;

    beforeAll(async () => {
      const machine: Machine = await newMachine('healthy', 'base');
      before = await bootMachine(machine, { ...healthy, name: 'rehearse', job: rehearsalJob });
      after = await bootMachine(machine, { ...healthy, name: 'verify', job: verifyAndBreakJob });
      readyText = await readFile(join(before.results, 'ready-text.out'), 'utf8');
    });

    it('has nothing wrong and nothing proved before the first dump', async () => {
      const { report } = await readLook(before.results, 'ready');
      expect(report.findings.filter(({ state }) => state === 'fail')).toEqual([]);
      expect(report.rehearsal.state).toBe('none');
    });

    it('panics, dumps and restarts', () => {
      expect(before.ending).toBe('restart');
      expect(before.serial).toContain('Kernel panic - not syncing: sysrq triggered crash');
      expect(before.serial).toMatch(/saved vmcore in \/var\/crash\/2/);
      expect(after.ending).toBe('power off');
    });

    it('verifies the rehearsal, and so does makedumpfile', async () => {
      const file = (name: string) => readFile(join(after.results, name), 'utf8');
      expect(await file('verify.exit'), await file('verify.err')).toBe('0\n');
      expect(await file('rearrange.exit')).toBe('0\n');
      expect(await file('dump-dmesg.exit')).toBe('0\n');
      const nonce = /sonae[\w-]* ([0-9a-f-]{16,})/.exec(await file('dump-dmesg.txt'))?.[1];
      expect(nonce, 'the stamp of the rehearsal in the log of the dump').toBeDefined();
    });

    it('had predicted the size within 15 %', async () => {
      const { report } = await readLook(before.results, 'ready');
      const sizes = await readFile(join(after.results, 'saved-files'), 'utf8');
      const realBytes = Number(/^(\d+) \S*\/dump\.\d+$/m.exec(sizes)?.[1]);
      const predictedBytes = report.prediction?.likely.bytes ?? Number.NaN;
      dump = {
        predictedBytes,
        realBytes,
        predictedSeconds: report.time?.seconds,
        realSeconds: captureSeconds(before.serial),
        verifyOutput: await readFile(join(after.results, 'verify.out'), 'utf8'),
        provenVerdict: (await readLook(after.results, 'proven')).report.verdict,
      };
      expect(Math.abs(predictedBytes / realBytes - 1)).toBeLessThan(0.15);
    });

    it('is called ready after the proof', async () => {
      const { report } = await readLook(after.results, 'proven');
      expect(report.rehearsal.state).toBe('valid');
      expect(report.verdict, report.because).toBe('ready');
    });

    for (const state of brokenStates) {
      it(`sees: ${state.story}`, async () => {
        await expectSeen(await readLook(after.results, state.name), state);
      });
    }
  });

  describe('a machine started with a wrong reservation', () => {
    const wrong = [
      { name: 'no-crashkernel', crashkernel: undefined, seenBy: ['crashkernel-present'] },
      {
        name: 'too-small-to-load',
        crashkernel: '16M',
        seenBy: ['crashkernel-size-enough', 'crashkernel-actually-reserved'],
      },
      { name: 'not-reservable', crashkernel: '4G', seenBy: ['crashkernel-actually-reserved'] },
    ];
    for (const { name, crashkernel, seenBy } of wrong) {
      const story = crashkernel === undefined ? 'no crashkernel=' : `crashkernel=${crashkernel}`;
      it(`sees: ${story}`, { timeout }, async () => {
        const boot: Boot = { ...healthy, name, crashkernel, job: lookJob };
        const { results } = await bootMachine(await newMachine(name, 'base'), boot);
        const look = await readLook(results, 'look');
        await expectSeen(look, { name, story, seenBy, verdicts: ['not ready'] });
      });
    }

    it('sees: loaded, but too small to run, and the dump is lost', {
      timeout,
    }, async () => {
      const name = 'too-small-to-run';
      const { results, serial, ending } = await bootMachine(await newMachine(name, 'base'), {
        ...healthy,
        name,
        crashkernel: '96M',
        job: lookAndPanicJob,
        minutes: 20,
        hopeless: /System is deadlocked on memory/,
      });
      const look = await readLook(results, 'look');
      await expectSeen(look, {
        name,
        story:
          'crashkernel=96M: loads; then the guest panicked, and the crash kernel ran out of memory',
        seenBy: ['crashkernel-size-enough'],
        verdicts: ['not ready'],
      });
      expect(look.debianSays).toBe('ready to kdump');
      expect(ending).toBe('killed');
      expect(serial).not.toContain('saved vmcore');
    });
  });

  describe('a machine whose kernel was updated without a crash initrd', () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await newMachine('updated', 'updated');
    });
    const boots = [
      {
        name: 'updated-not-restarted',
        kernel: 'base' as const,
        story: 'the new kernel is installed, the old one runs',
        seenBy: ['capture-initrd-for-default-kernel'],
        verdicts: ['at risk', 'not ready'],
      },
      {
        name: 'updated-restarted',
        kernel: 'updated' as const,
        story: 'the new kernel runs',
        seenBy: ['crash-kernel-loaded', 'capture-initrd-exists'],
        verdicts: ['not ready'],
      },
    ];
    for (const { name, kernel, story, seenBy, verdicts } of boots) {
      it(`sees: ${story}`, { timeout }, async () => {
        const boot: Boot = { ...healthy, name, kernel, job: lookJob };
        const look = await readLook((await bootMachine(machine, boot)).results, 'look');
        await expectSeen(look, { name, story, seenBy, verdicts });
      });
    }
  });

  describe('a machine that dumps to another machine over ssh', () => {
    let target: RemoteTarget;
    let before: BootRecord;
    let after: BootRecord;

    beforeAll(async () => {
      target = makeRemoteTarget(join(runs, 'target'));
      const machine = await newMachine('remote', 'base');
      const boot = { ...healthy, sshd: target.sshd };
      const rehearse = { ...boot, name: 'rehearse', job: remoteRehearsalJob(target) };
      const verify = { ...boot, name: 'verify', job: remoteVerifyAndBreakJob(target) };
      before = await bootMachine(machine, rehearse);
      after = await bootMachine(machine, verify);
    });

    it('is not called broken while the target is not asked, and not proved either', async () => {
      const { report } = await readLook(before.results, 'unasked');
      expect(report.findings.filter(({ state }) => state === 'fail')).toEqual([]);
      expect(report.verdict, report.because).toBe('unproven');
      expect(report.target).toMatchObject({ kind: 'ssh', where: target.login });
    });

    it('tells free space and access once the target is asked', async () => {
      const { report } = await readLook(before.results, 'asked');
      expect(report.findings.filter(({ state }) => state === 'fail')).toEqual([]);
      expect(saysOf(report, 'target-ssh-works')).toMatch(/takes the key.*can be written to/);
      expect(saysOf(report, 'target-space-predicted')).toMatch(/free/);
      expect(report.target.freeBytes).toBeGreaterThan(0);
      expect(report.verdict, report.because).toBe('ready');
    });

    it('panics and dumps over the network', async () => {
      expect(before.ending).toBe('restart');
      expect(before.serial).toContain('Kernel panic - not syncing: sysrq triggered crash');
      expect(savedTo(before.serial)).toContain(`${target.login}:${target.folder}/`);
      expect(after.ending).toBe('power off');
    });

    it('brings the dump with the command that is printed, and verifies it', async () => {
      const file = (name: string) => readFile(join(after.results, name), 'utf8');
      expect(await file('seek.exit')).toBe('2\n');
      expect(await file('fetch.exit'), await file('fetch.err')).toBe('0\n');
      expect(await file('verify.exit'), await file('verify.err')).toBe('0\n');
    });

    it('is called ready after the proof, once the target tells its free space', async () => {
      const { report } = await readLook(after.results, 'proven-asked');
      expect(report.rehearsal.state).toBe('valid');
      expect(report.verdict, report.because).toBe('ready');
      expect(report.because).toContain('proved by a rehearsal');
      expect(saysOf(report, 'last-panic-captured')).toContain('ended in the rehearsed panic');
      remote = {
        unasked: (await readLook(before.results, 'unasked')).report,
        asked: (await readLook(before.results, 'asked')).report,
        askedText: await readFile(join(before.results, 'asked-text.out'), 'utf8'),
        seekOutput: await readFile(join(after.results, 'seek.err'), 'utf8'),
        verifyOutput: await readFile(join(after.results, 'verify.out'), 'utf8'),
        realSeconds: captureSeconds(before.serial),
        savedTo: savedTo(before.serial),
        proven: report,
      };
    });

    for (const state of remoteStates) {
      it(`sees: ${state.story}`, async () => {
        await expectSeen(await readLook(after.results, state.name), state);
      });
    }
  });

  afterAll(async () => {
    const page = renderRecord({
      images,
      qemu: firstLine('qemu-system-x86_64', ['--version']),
      node: process.version,
      sonae,
      minutes: Math.round((Date.now() - started) / 60_000),
      readyText,
      dump,
      remote,
      states,
    });
    const path = process.env['SONAE_VM_RECORD'] ?? join(runs, 'record.md');
    await writeFile(path, page.replaceAll(runs, 'RUNS'));
    process.stderr.write(`the record of this run is in ${path}\n`);
  });
});
