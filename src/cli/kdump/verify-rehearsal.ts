import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { DumpFile } from '../../kdump/facts.ts';
import type { RehearsalRecord } from '../../kdump/machine/rehearsal-documents.ts';
import type { ExaminedDump } from '../../kdump/rehearsal/verify.ts';
import type { DumpRecogniser } from '../../model/dump.ts';
import { SonaeError } from '../../model/error.ts';
import type { ExitCode } from '../../model/exit-code.ts';
import type { Fact } from '../../model/fact.ts';
import type { System } from '../../model/system.ts';
import type { Context } from '../context.ts';
import type { RehearseOptions, Scene } from './rehearsal-scene.ts';

/** Finds the dump of the rehearsed panic, holds it against the record, and writes the certificate. */
export async function verifyRehearsed(
  scene: Scene,
  options: RehearseOptions,
  context: Context,
): Promise<ExitCode> {
  const { openOutputFolder } = await import('../../host/storage.ts');
  const { fingerprintOf } = await import('../../kdump/machine/fingerprint.ts');
  const { textOf } = await import('../../kdump/facts.ts');
  const { renderCertificate, verifyRehearsal } = await import('../../kdump/rehearsal/verify.ts');
  const { certificateName } = await import('../../kdump/machine/rehearsal-state.ts');
  const record = await readRecord(scene.system, options.state);
  const examined = await examineDump(scene, record, options.dumpFolder);
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
  const { parseRecord } = await import('../../kdump/machine/rehearsal-documents.ts');
  const { recordName } = await import('../../kdump/machine/rehearsal-state.ts');
  const path = `${state}/${recordName}`;
  const read = await system.readFile(path, { limitBytes: 1024 * 1024 });
  const record = read.state === 'known' ? parseRecord(read.bytes.toString('utf8')) : undefined;
  if (record) return record;
  if (read.state === 'unreadable')
    throw new SonaeError('E_PERMISSION', `${path} cannot be read: ${read.why}`, {
      hint: 'The record belongs to root: run as root.',
    });
  throw new SonaeError(
    'E_INPUT_ABSENT',
    read.state === 'known'
      ? `${path} is no record of a rehearsal`
      : `there is no record of a rehearsal: ${path}`,
    { hint: 'It is written by `sonae check-kdump rehearse --trigger`.' },
  );
}

async function examineDump(
  scene: Scene,
  record: RehearsalRecord,
  named: string | undefined,
): Promise<ExaminedDump> {
  const { newDumps } = await import('../../kdump/rehearsal/verify.ts');
  const { findDumps } = await import('../../kdump/gather/find-dumps.ts');
  const { system } = scene;
  const found = named === undefined ? scene.facts.dumps : await findDumps(system, resolve(named));
  const files = await filesOf(scene, found, named);
  const candidates = newDumps(files, record);
  if (candidates.length === 0) throw await noDump(scene, record, found.from, named !== undefined);
  const { file, log } = await ownDump(system, files, candidates, record.nonce);
  return { file, log, isNamed: named !== undefined, ...(await readWhole(system, file.path)) };
}

async function filesOf(
  { report, facts }: Scene,
  found: Fact<readonly DumpFile[]>,
  named: string | undefined,
): Promise<readonly DumpFile[]> {
  if (found.state === 'known') return found.value;
  const { placeOfDumps, verifyCommands } = await import('../../kdump/rehearsal/reach-dump.ts');
  if (named !== undefined) {
    throw new SonaeError(
      found.state === 'absent' ? 'E_INPUT_ABSENT' : 'E_PERMISSION',
      found.state === 'absent'
        ? `there is no folder ${found.from}`
        : `${found.from} cannot be read: ${found.why}`,
    );
  }
  if (found.state === 'absent') return [];
  const { readSettings } = await import('../../kdump/configuration/settings.ts');
  const { loginKey } = await import('../../kdump/configuration/ssh-login.ts');
  const commands = verifyCommands(report.target, loginKey(readSettings(facts)));
  if (commands.length > 1) {
    const message = `the dump went to ${placeOfDumps(report.target)}, which is not seen from here`;
    throw new SonaeError('E_INPUT_ABSENT', message, {
      hint: `Bring it here: ${commands.join('; ')}`,
    });
  }
  throw new SonaeError('E_PERMISSION', `the dump folder cannot be read: ${found.why}`);
}

async function noDump(
  { report }: Scene,
  { startedAt }: RehearsalRecord,
  from: string,
  isNamed: boolean,
): Promise<SonaeError> {
  if (isNamed) {
    return new SonaeError('E_INTEGRITY', `no dump that came after ${startedAt} is in ${from}`, {
      hint: 'Is it the right folder? The name of a dump begins with vmcore or dump; one that was split is joined first: sonae join.',
    });
  }
  const { placeOfDumps } = await import('../../kdump/rehearsal/reach-dump.ts');
  const place = placeOfDumps(report.target);
  const elsewhere = place === from ? '' : ` (the target is ${place})`;
  return new SonaeError(
    'E_INTEGRITY',
    `no dump came after ${startedAt} in ${from}${elsewhere}: the rehearsal failed`,
    {
      hint: 'Read the recorded console from the panic on; `sonae check-kdump` names what is known to be wrong.',
    },
  );
}

// Who sends many dumps at once to one share is no rehearsal.
const mostCandidates = 50;

// Of the machines that share a target one wrote the nonce into its kernel log. Logs beside the dumps are quick to read.
async function ownDump(
  system: System,
  files: readonly DumpFile[],
  candidates: readonly DumpFile[],
  nonce: string,
): Promise<Pick<ExaminedDump, 'file' | 'log'>> {
  const tried: Pick<ExaminedDump, 'file' | 'log'>[] = [];
  for (const logOf of [savedLog, logInDump]) {
    for (const file of candidates.slice(0, mostCandidates)) {
      const log = await logOf(system, files, file);
      if (log?.includes(nonce)) return { file, log };
      tried.push({ file, log });
    }
  }
  const [file] = candidates;
  if (file === undefined) throw new RangeError('there is a candidate');
  return (
    tried.find((each) => each.file === file && each.log !== undefined) ?? { file, log: undefined }
  );
}

async function savedLog(
  system: System,
  files: readonly DumpFile[],
  { path }: DumpFile,
): Promise<string | undefined> {
  const { logsBeside } = await import('../../kdump/rehearsal/verify.ts');
  const logs: string[] = [];
  for (const log of logsBeside(files, path)) {
    const read = await system.readFile(log, { limitBytes: 64 * 1024 * 1024 });
    if (read.state === 'known') logs.push(read.bytes.toString('utf8'));
  }
  return logs.length > 0 ? logs.join('\n') : undefined;
}

async function logInDump(
  _: System,
  __: readonly DumpFile[],
  { path }: DumpFile,
): Promise<string | undefined> {
  const { openFileSource } = await import('../../host/file-source.ts');
  const { analyseDump } = await import('../../vmcore/analyse.ts');
  const { renderLogRecord } = await import('../../vmcore/log/kernel-log.ts');
  const source = openFileSource(path);
  try {
    const { log } = (await analyseDump([source], { depth: 'log' })).analysis;
    if (log.state !== 'known') return undefined;
    return log.value.records.map((each) => renderLogRecord(each, { hasCallers: false })).join('\n');
  } finally {
    source.close();
  }
}

async function readWhole(
  system: System,
  path: string,
): Promise<Pick<ExaminedDump, 'recognised' | 'sha256'>> {
  const { openFileSource } = await import('../../host/file-source.ts');
  const recognise: DumpRecogniser = (await import('../../vmcore/format/recognise.ts'))
    .recogniseDump;
  const source = openFileSource(path);
  const hash = createHash('sha256');
  try {
    await system.readFile(path, {
      limitBytes: Number.MAX_SAFE_INTEGER - 1,
      timeoutMs: 24 * 3600 * 1000,
      onData: (bytes) => void hash.update(bytes),
    });
    return { recognised: recognise(source), sha256: hash.digest('hex') };
  } finally {
    source.close();
  }
}
