import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../require-tool.ts';
import { brokenStates } from './broken-states.ts';
import { cacheFolder, type GuestImages, prepareGuestImages } from './guest-images.ts';
import { lookAndPanicJob, lookJob, rehearsalJob, verifyAndBreakJob } from './jobs.ts';
import { type Boot, type BootRecord, bootMachine, createMachine, type Machine } from './machine.ts';
import { makePayload } from './payload.ts';
import { type DumpRecord, renderRecord, type StateRecord } from './record.ts';
import { findingOf, type Look, readLook } from './report.ts';
import { captureSeconds } from './serial.ts';

const tools = ['qemu-system-x86_64', 'qemu-img', 'debootstrap', 'mkfs.ext4', 'unshare', 'npm'];
const runs = join(cacheFolder(), 'run');
// Without KVM a boot takes one minute, and ten on a busy machine: the limit is only for what hangs.
const healthy = { crashkernel: '256M', kernel: 'base', minutes: 45 } as const;
const timeout = 50 * 60_000;

describeWith(process.getuid?.() === 0 ? tools : ['root'], 'kdump in a real Debian guest', () => {
  const started = Date.now();
  const sonae = firstLine('git', ['describe', '--always', '--dirty']);
  const states: StateRecord[] = [];
  let images: GuestImages;
  let payload: string;
  let dump: DumpRecord | undefined;
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

  afterAll(async () => {
    const page = renderRecord({
      images,
      qemu: firstLine('qemu-system-x86_64', ['--version']),
      node: process.version,
      sonae,
      minutes: Math.round((Date.now() - started) / 60_000),
      readyText,
      dump,
      states,
    });
    const path = process.env['SONAE_VM_RECORD'] ?? join(runs, 'record.md');
    await writeFile(path, page);
    process.stderr.write(`the record of this run is in ${path}\n`);
  });
});

function firstLine(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'unknown';
}
