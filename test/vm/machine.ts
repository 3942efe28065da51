import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ImageName } from './guest-images.ts';

const prelude = fileURLToPath(new URL('guest/prelude.sh', import.meta.url));

/** RAM of the guest in MiB. */
export const guestMemory = 1024;

/** Address of the one machine that a guest with a network reaches. */
export const targetHost = '10.0.2.100';

/** A guest whose root disk keeps its state from one boot to the next. */
export interface Machine {
  readonly folder: string;
  readonly images: string;
  readonly payload: string;
}

/** One boot: what the kernel is told, and what is to be done before the power goes off. */
export interface Boot {
  readonly name: string;
  /** Shell text; the functions of `guest/prelude.sh` are at hand. */
  readonly job: string;
  /** Value of `crashkernel=`; undefined boots without the word. */
  readonly crashkernel: string | undefined;
  readonly kernel: ImageName;
  readonly minutes: number;
  /** MiB of RAM; `guestMemory` when not said. */
  readonly memory?: number;
  /** Command that serves each connection to port 22 of `targetHost`, all that the guest's network has; without it there is no card. */
  readonly sshd?: string;
  /** What on the serial console means that nothing more will come, such as a panic of the crash kernel. */
  readonly hopeless?: RegExp;
}

/** What came of a boot. `results` is the folder with what the job wrote. */
export interface BootRecord {
  readonly ending: 'power off' | 'restart' | 'killed';
  readonly results: string;
  readonly serial: string;
  readonly seconds: number;
}

/** A new machine in `folder`, its disk an overlay on an image that stays as it is. */
export async function createMachine(
  folder: string,
  images: string,
  image: ImageName,
  payload: string,
): Promise<Machine> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await execa('qemu-img', [
    ...['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', join(images, `${image}.img`)],
    join(folder, 'root.qcow2'),
  ]);
  return { folder, images, payload };
}

/** Boots the machine, lets it do its job, and returns when it has powered off, restarted or used up its minutes. */
export async function bootMachine(machine: Machine, boot: Boot): Promise<BootRecord> {
  const folder = join(machine.folder, boot.name);
  const results = join(folder, 'results');
  const serialLog = join(folder, 'serial.log');
  await mkdir(results, { recursive: true });
  await makeJobDisk(folder, boot.job);
  await execa('truncate', ['-s', '256M', join(folder, 'results.raw')]);
  const started = Date.now();
  const givenUp = new AbortController();
  const running = execa('nice', ['qemu-system-x86_64', ...qemuArguments(machine, boot, folder)], {
    reject: false,
    stdin: 'ignore',
    all: true,
    timeout: boot.minutes * 60_000,
    forceKillAfterDelay: 5_000,
    cancelSignal: givenUp.signal,
  });
  const stopWatching = watchFor(boot.hopeless, serialLog, () => givenUp.abort());
  const qemu = await running;
  stopWatching();
  const seconds = Math.round((Date.now() - started) / 1000);
  const serial = (await readFile(serialLog, 'latin1').catch(() => '')).replaceAll('\r', '');
  const wasKilled = qemu.timedOut || qemu.isCanceled;
  if (!wasKilled && qemu.exitCode !== 0) {
    throw new Error(`qemu ended with ${qemu.exitCode}: ${qemu.all}`);
  }
  await execa('tar', ['-xf', join(folder, 'results.raw'), '-C', results]);
  await rm(join(folder, 'results.raw'));
  return {
    ending: endingOf(wasKilled, serial),
    results,
    serial,
    seconds,
  };
}

function watchFor(sign: RegExp | undefined, serialLog: string, then: () => void): () => void {
  if (sign === undefined) return () => undefined;
  const timer = setInterval(async () => {
    if (sign.test(await readFile(serialLog, 'latin1').catch(() => ''))) then();
  }, 2_000);
  return () => clearInterval(timer);
}

function endingOf(wasKilled: boolean, serial: string): BootRecord['ending'] {
  if (wasKilled) return 'killed';
  return serial.includes('reboot: Power down') ? 'power off' : 'restart';
}

async function makeJobDisk(folder: string, job: string): Promise<void> {
  const tree = join(folder, 'job');
  await mkdir(tree, { recursive: true });
  await copyFile(prelude, join(tree, 'prelude.sh'));
  await writeFile(join(tree, 'run.sh'), `. "$(dirname "$0")/prelude.sh"\n${job}\n`);
  await execa('tar', ['-cf', join(folder, 'job.raw'), '-C', tree, '.']);
  await execa('truncate', ['-s', '1M', join(folder, 'job.raw')]);
}

// -no-reboot: a restart of the guest ends QEMU, so that the next boot can have other words and another job.
// la57=off: no five-level paging, as on nearly all servers.
function qemuArguments(machine: Machine, boot: Boot, folder: string): string[] {
  const words = [
    'root=LABEL=sonae-root ro console=ttyS0,115200 net.ifnames=0',
    ...(boot.crashkernel === undefined ? [] : [`crashkernel=${boot.crashkernel}`]),
  ];
  return [
    ...[
      '-accel',
      'tcg,tb-size=256',
      '-cpu',
      'max,la57=off',
      '-m',
      `${boot.memory ?? guestMemory}`,
      '-smp',
      '1',
    ],
    ...['-display', 'none', '-vga', 'none', '-monitor', 'none', '-no-reboot'],
    ...network(boot.sshd),
    ...['-device', 'vmcoreinfo', '-serial', `file:${join(folder, 'serial.log')}`],
    ...['-kernel', join(machine.images, `${boot.kernel}.vmlinuz`)],
    ...['-initrd', join(machine.images, `${boot.kernel}.initrd`), '-append', words.join(' ')],
    ...disk('root', join(machine.folder, 'root.qcow2'), 'format=qcow2,cache=unsafe'),
    ...disk('job', join(folder, 'job.raw'), 'format=raw,readonly=on'),
    ...disk('results', join(folder, 'results.raw'), 'format=raw'),
    ...disk('payload', machine.payload, 'format=raw,readonly=on'),
  ];
}

// A command as end of the line is started for each connection; "-tcp:" would be one connection for all.
function network(sshd: string | undefined): string[] {
  if (sshd === undefined) return ['-nic', 'none'];
  const port = `guestfwd=tcp:${targetHost}:22-cmd:${sshd}`;
  return [
    ...['-netdev', `user,id=net,restrict=on,${port}`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile='],
  ];
}

function disk(name: string, file: string, options: string): string[] {
  return [
    ...['-drive', `file=${file},if=none,id=${name},${options}`],
    ...['-device', `virtio-blk-pci,drive=${name},serial=${name}`],
  ];
}
