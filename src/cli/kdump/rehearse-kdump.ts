import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import type { Rail } from '../../kdump/rehearsal/rails.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { System } from '../../model/system.ts';
import type { Context, Run } from '../context.ts';
import { command } from '../global-options.ts';
import type { RehearseOptions, Scene } from './rehearsal-scene.ts';

/** `sonae check-kdump rehearse`: prove kdump by a real panic; prints the plan unless told to trigger or verify. */
export function declareRehearse(run: Run): Command {
  return command('rehearse')
    .description(
      'prove kdump by a rehearsed panic: print the plan, trigger it, verify it after the reboot',
    )
    .addOption(
      new Option('--trigger', 'crash this machine now, after asking for its name').conflicts(
        'verify',
      ),
    )
    .addOption(
      new Option(
        '--prepare',
        'write the record for a panic that is made from outside (NMI, hypervisor)',
      ).conflicts(['trigger', 'verify']),
    )
    .option('--ticket <id>', 'the change ticket, for the record')
    .option('--verify', 'after the reboot: find the dump, prove it, write the certificate')
    .option(
      '--dump-folder <dir>',
      'with --verify: where the dump is to be found, such as a copy of its folder from another machine',
    )
    .option('--yes-crash <host>', 'the host name, typed ahead for automation')
    .option('--override <rail...>', 'go on although this rail says stop', [])
    .option('--state <dir>', 'where record and certificate are kept', '/var/lib/sonae')
    .addHelpText(
      'after',
      '\nExamples:\n  sonae check-kdump rehearse\n  sonae check-kdump rehearse --trigger\n  sonae check-kdump rehearse --verify\n  sonae check-kdump rehearse --verify --dump-folder /var/tmp/10.0.0.7-2026-11-24-03:12:44\n',
    )
    .action((_: unknown, itself: Command) => {
      // The parent takes the options that both declare, such as --json.
      const options = itself.optsWithGlobals<RehearseOptions>();
      return run(options, (context) => rehearse(options, context));
    });
}

async function rehearse(given: RehearseOptions, context: Context): Promise<ExitCode> {
  // It is read through the system, which knows no current folder.
  const options = { ...given, state: resolve(given.state) };
  if (options.dumpFolder !== undefined && !options.verify)
    throw new SonaeError('E_USAGE', '--dump-folder is for --verify');
  const { openSystem } = await import('../../host/system.ts');
  const { lookAtMachine } = await import('./look-at-machine.ts');
  const system = openSystem('/');
  try {
    const look = { isPredicting: options.verify !== true, signal: context.signal };
    const scene = { system, ...(await lookAtMachine(system, look)) };
    if (options.verify) {
      const { verifyRehearsed } = await import('./verify-rehearsal.ts');
      return await verifyRehearsed(scene, options, context);
    }
    return await planOrTrigger(scene, options, context);
  } finally {
    system.close();
  }
}

async function planOrTrigger(
  scene: Scene,
  options: RehearseOptions,
  context: Context,
): Promise<ExitCode> {
  const { checkRails } = await import('../../kdump/rehearsal/rails.ts');
  const { planRehearsal, renderPlan } = await import('../../kdump/rehearsal/plan.ts');
  const rails = checkRails(scene.facts, scene.report, await lookAround(scene.system));
  const { readSettings } = await import('../../kdump/configuration/settings.ts');
  const { loginKey } = await import('../../kdump/configuration/ssh-login.ts');
  refuseUnknown(options.override, rails);
  const plan = planRehearsal(scene.report, rails, loginKey(readSettings(scene.facts)));
  if (!options.trigger && !options.prepare) {
    await context.print(context.isJson ? `${JSON.stringify(plan, null, 2)}\n` : renderPlan(plan));
    return 0;
  }
  refuseAtRails(rails, options.override);
  if (options.prepare) {
    await leaveRecord(scene, options, context);
    return 0;
  }
  await confirmHost(plan.host, options.yesCrash, context.signal);
  await crash(scene, options, context);
  return 1;
}

function refuseUnknown(overridden: readonly string[], rails: readonly Rail[]): void {
  const names = rails.map(({ id }) => id);
  const wrong = overridden.find((name) => !names.includes(name));
  if (wrong !== undefined)
    throw new SonaeError('E_USAGE', `there is no rail "${wrong}"`, {
      hint: `They are ${names.join(', ')}.`,
    });
}

function refuseAtRails(rails: readonly Rail[], overridden: readonly string[]): void {
  const stops = rails.filter(
    ({ isClear, isFixed, id }) => !isClear && (isFixed || !overridden.includes(id)),
  );
  if (stops.length === 0) return;
  throw new SonaeError(
    'E_REFUSED',
    `not now: ${stops.map(({ says, id }) => `${says} [${id}]`).join('; ')}`,
    {
      hint: stops.some(({ isFixed }) => !isFixed)
        ? 'A rail that you know better about can be passed with --override NAME.'
        : 'These cannot be overridden.',
    },
  );
}

async function confirmHost(
  host: string,
  given: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const typed = given ?? (await askHost(host, signal));
  if (typed.trim() !== host)
    throw new SonaeError('E_REFUSED', `the name typed is not ${host}: nothing was done`);
}

async function askHost(host: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY)
    throw new SonaeError('E_REFUSED', 'nobody is there to type the host name', {
      hint: `Use --yes-crash ${host} in a script that means it.`,
    });
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await ask.question(
      `This machine will panic NOW. Type its host name (${host}) to go on: `,
      { signal },
    );
  } catch (error) {
    // Ctrl-C, Ctrl-D, or a signal.
    if ((error as Error).name !== 'AbortError') throw error;
    throw new SonaeError('E_INTERRUPTED', 'stopped: nothing was done');
  } finally {
    ask.close();
  }
}

// Writes what must survive the panic, to the disk and into the kernel log.
async function leaveRecord(
  { system, facts, report }: Scene,
  options: RehearseOptions,
  context: Context,
): Promise<void> {
  const { openOutputFolder } = await import('../../host/storage.ts');
  const { stampKernelLog } = await import('../../host/trigger-crash.ts');
  const { fingerprintOf } = await import('../../kdump/machine/fingerprint.ts');
  const { textOf } = await import('../../kdump/facts.ts');
  const { makeRecord } = await import('../../kdump/rehearsal/plan.ts');
  const { recordName } = await import('../../kdump/machine/rehearsal-state.ts');
  const record = makeRecord(report, {
    nonce: randomUUID(),
    machineId: textOf(facts, '/etc/machine-id') ?? '',
    bootId: textOf(facts, '/proc/sys/kernel/random/boot_id') ?? '',
    startedAt: new Date().toISOString(),
    fingerprint: fingerprintOf(facts),
    dumps: facts.dumps.state === 'known' ? facts.dumps.value.map(({ path }) => path) : [],
    trigger: options.prepare ? 'outside' : 'sysrq-c',
    operator: process.env['SUDO_USER'] ?? process.env['USER'],
    ticket: options.ticket,
  });
  const folder = await openOutputFolder(options.state, { isMade: true });
  await folder.publish(recordName, Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  context.reporter.emit({
    type: 'notice',
    message: `the record is in ${folder.path}/${recordName}; after the reboot: sonae check-kdump rehearse --verify`,
  });
  stampKernelLog(`sonae-kdump-rehearsal ${record.nonce}`);
  // Twice, as the second waits for what the first one started.
  await system.run(['sync'], { timeoutMs: 120_000 });
  await system.run(['sync'], { timeoutMs: 120_000 });
}

async function crash(scene: Scene, options: RehearseOptions, context: Context): Promise<void> {
  const { panicNow } = await import('../../host/trigger-crash.ts');
  await leaveRecord(scene, options, context);
  panicNow();
  throw new SonaeError(
    'E_REFUSED',
    'the kernel did not panic: SysRq-c was written and nothing happened',
  );
}

async function lookAround(system: System) {
  const folder = await system.list('/proc');
  const pids = folder.state === 'known' ? folder.names.filter((name) => /^\d+$/.test(name)) : [];
  const processes: string[] = [];
  for (const pid of pids.slice(0, 10_000)) {
    const read = await system.readFile(`/proc/${pid}/comm`, { limitBytes: 64 });
    if (read.state === 'known') processes.push(read.bytes.toString('utf8').trim());
  }
  const sessions = await system.list('/run/systemd/sessions');
  return {
    processes,
    sessions:
      sessions.state === 'known' ? sessions.names.filter((name) => !name.includes('.')).length : 0,
  };
}
