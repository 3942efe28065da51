import { createHash, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import type { Facts } from '../kdump/facts.ts';
import type { Rail } from '../kdump/rehearsal-rails.ts';
import type { RehearsalRecord } from '../kdump/rehearsal-state.ts';
import type { KdumpReport } from '../kdump/report.ts';
import type { DumpRecogniser } from '../model/dump.ts';
import { SonaeError } from '../model/error.ts';
import type { ExitCode } from '../model/exit-code.ts';
import type { System } from '../model/system.ts';
import type { Context, Run } from './context.ts';
import { command, type GlobalOptions } from './global-options.ts';

interface RehearseOptions extends GlobalOptions {
  readonly trigger?: boolean;
  readonly prepare?: boolean;
  readonly ticket?: string;
  readonly verify?: boolean;
  readonly yesCrash?: string;
  readonly override: readonly string[];
  readonly state: string;
}

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
    .option('--yes-crash <host>', 'the host name, typed ahead for automation')
    .option('--override <rail...>', 'go on although this rail says stop', [])
    .option('--state <dir>', 'where record and certificate are kept', '/var/lib/sonae')
    .addHelpText(
      'after',
      '\nExamples:\n  sonae check-kdump rehearse\n  sonae check-kdump rehearse --trigger\n  sonae check-kdump rehearse --verify\n',
    )
    .action((_: unknown, itself: Command) => {
      // The parent takes the options that both declare, such as --json.
      const options = itself.optsWithGlobals<RehearseOptions>();
      return run(options, (context) => rehearse(options, context));
    });
}

interface Scene {
  readonly system: System;
  readonly facts: Facts;
  readonly report: KdumpReport;
}

async function rehearse(options: RehearseOptions, context: Context): Promise<ExitCode> {
  const { openSystem } = await import('../host/system.ts');
  const { openFileSource } = await import('../host/file-source.ts');
  const { gatherFacts } = await import('../kdump/gather.ts');
  const { checkMachine } = await import('../kdump/check-machine.ts');
  const { version } = await import('./version.ts');
  const system = openSystem('/');
  try {
    const facts = await gatherFacts(system, {
      purpose: 'server',
      isPredicting: system.uid === 0 && options.verify !== true,
      nowMs: Date.now(),
      signal: context.signal,
      openKernelMemory: () => openFileSource('/proc/kcore'),
    });
    const scene = { system, facts, report: checkMachine(facts, version()) };
    if (options.verify) return await verify(scene, options, context);
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
  const { checkRails } = await import('../kdump/rehearsal-rails.ts');
  const { planRehearsal, renderPlan } = await import('../kdump/rehearsal-plan.ts');
  const rails = checkRails(scene.facts, scene.report, await lookAround(scene.system));
  const plan = planRehearsal(scene.report, rails);
  if (!options.trigger && !options.prepare) {
    await context.print(context.isJson ? `${JSON.stringify(plan, null, 2)}\n` : renderPlan(plan));
    return 0;
  }
  refuseAtRails(rails, options.override);
  if (options.prepare) {
    await leaveRecord(scene, options, context);
    return 0;
  }
  await confirmHost(plan.host, options.yesCrash);
  await crash(scene, options, context);
  return 1;
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

async function confirmHost(host: string, given: string | undefined): Promise<void> {
  let typed = given;
  if (typed === undefined) {
    if (!process.stdin.isTTY)
      throw new SonaeError('E_REFUSED', 'nobody is there to type the host name', {
        hint: `Use --yes-crash ${host} in a script that means it.`,
      });
    const ask = createInterface({ input: process.stdin, output: process.stderr });
    typed = await ask.question(
      `This machine will panic NOW. Type its host name (${host}) to go on: `,
    );
    ask.close();
  }
  if (typed.trim() !== host)
    throw new SonaeError('E_REFUSED', `the name typed is not ${host}: nothing was done`);
}

// Writes what must survive the panic, to the disk and into the kernel log.
async function leaveRecord(
  { system, facts, report }: Scene,
  options: RehearseOptions,
  context: Context,
): Promise<void> {
  const { openOutputFolder } = await import('../host/storage.ts');
  const { stampKernelLog } = await import('../host/trigger-crash.ts');
  const { fingerprintOf } = await import('../kdump/fingerprint.ts');
  const { textOf } = await import('../kdump/facts.ts');
  const { makeRecord } = await import('../kdump/rehearsal-plan.ts');
  const { recordName } = await import('../kdump/rehearsal-state.ts');
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
  const { panicNow } = await import('../host/trigger-crash.ts');
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

async function verify(scene: Scene, options: RehearseOptions, context: Context): Promise<ExitCode> {
  const { openOutputFolder } = await import('../host/storage.ts');
  const { fingerprintOf } = await import('../kdump/fingerprint.ts');
  const { textOf } = await import('../kdump/facts.ts');
  const { renderCertificate, verifyRehearsal } = await import('../kdump/rehearsal-verify.ts');
  const { certificateName } = await import('../kdump/rehearsal-state.ts');
  const record = await readRecord(scene.system, options.state);
  const examined = await examineNewest(scene, record);
  const certificate = verifyRehearsal(record, examined, {
    bootId: textOf(scene.facts, '/proc/sys/kernel/random/boot_id') ?? '',
    at: new Date().toISOString(),
    fingerprint: fingerprintOf(scene.facts),
  });
  const json = `${JSON.stringify(certificate, null, 2)}\n`;
  const page = renderCertificate(certificate);
  const folder = await openOutputFolder(options.state, { isMade: true });
  await folder.publish(certificateName, Buffer.from(json));
  await folder.publish(certificateName.replace('.json', '.md'), Buffer.from(page));
  await context.print(context.isJson ? json : page);
  return certificate.isProved ? 0 : 4;
}

async function readRecord(system: System, state: string): Promise<RehearsalRecord> {
  const { parseRecord, recordName } = await import('../kdump/rehearsal-state.ts');
  const path = `${state}/${recordName}`;
  const read = await system.readFile(path, { limitBytes: 1024 * 1024 });
  const record = read.state === 'known' ? parseRecord(read.bytes.toString('utf8')) : undefined;
  if (record) return record;
  throw new SonaeError(
    'E_INPUT_ABSENT',
    read.state === 'known'
      ? `${path} is no record of a rehearsal`
      : `there is no record of a rehearsal: ${path}`,
    { hint: 'It is written by `sonae check-kdump rehearse --trigger`.' },
  );
}

async function examineNewest({ system, facts }: Scene, record: RehearsalRecord) {
  const { logsBeside, newDumps } = await import('../kdump/rehearsal-verify.ts');
  const { openFileSource } = await import('../host/file-source.ts');
  const recognise: DumpRecogniser = (await import('../vmcore/format/recognise.ts')).recogniseDump;
  if (facts.dumps.state === 'unreadable')
    throw new SonaeError('E_PERMISSION', `the dump folder cannot be read: ${facts.dumps.why}`, {
      hint: 'A dump on a remote target must be verified there: sonae inspect shows whether it is whole.',
    });
  const files = facts.dumps.state === 'known' ? facts.dumps.value : [];
  const [file] = newDumps(files, record);
  if (!file)
    throw new SonaeError(
      'E_INTEGRITY',
      `no dump came after ${record.startedAt} in ${facts.dumps.from}: the rehearsal failed`,
      {
        hint: 'Read the recorded console from the panic on; `sonae check-kdump` names what is known to be wrong.',
      },
    );
  const source = openFileSource(file.path);
  const hash = createHash('sha256');
  try {
    await system.readFile(file.path, {
      limitBytes: Number.MAX_SAFE_INTEGER - 1,
      timeoutMs: 24 * 3600 * 1000,
      onData: (bytes) => void hash.update(bytes),
    });
    const logs: string[] = [];
    for (const path of logsBeside(files, file.path)) {
      const read = await system.readFile(path, { limitBytes: 64 * 1024 * 1024 });
      if (read.state === 'known') logs.push(read.bytes.toString('utf8'));
    }
    return {
      file,
      recognised: recognise(source),
      sha256: hash.digest('hex'),
      log: logs.length > 0 ? logs.join('\n') : undefined,
    };
  } finally {
    source.close();
  }
}
