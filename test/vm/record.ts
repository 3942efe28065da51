import { basename } from 'node:path';
import type { KdumpFinding, KdumpReport } from '../../src/kdump/report/report.ts';
import type { GuestImages } from './guest-images.ts';
import { guestMemory } from './machine.ts';
import type { Look } from './report.ts';

/** One line of the table of states. */
export interface StateRecord {
  readonly name: string;
  readonly story: string;
  readonly look: Look;
  /** The finding that saw it. */
  readonly sawIt: KdumpFinding | undefined;
}

/** Predicted and real, and what the judges said of the dump. */
export interface DumpRecord {
  readonly predictedBytes: number;
  readonly realBytes: number;
  readonly predictedSeconds: number | undefined;
  readonly realSeconds: number;
  readonly verifyOutput: string;
  readonly provenVerdict: string;
}

/** A dump over ssh: what was said before it, how it came back, what was said then. */
export interface RemoteRecord {
  readonly unasked: KdumpReport;
  readonly asked: KdumpReport;
  readonly askedText: string;
  /** What `--verify` says before the dump was brought. */
  readonly seekOutput: string;
  readonly verifyOutput: string;
  readonly realSeconds: number;
  readonly savedTo: string | undefined;
  readonly proven: KdumpReport;
}

/** What a whole run was. */
export interface RunRecord {
  readonly images: GuestImages;
  readonly qemu: string;
  readonly node: string;
  readonly sonae: string;
  readonly minutes: number;
  readonly readyText: string;
  readonly dump: DumpRecord | undefined;
  readonly remote: RemoteRecord | undefined;
  readonly states: readonly StateRecord[];
}

/** The run as a page of Markdown, which `docs/vm-test.md` keeps. */
export function renderRecord(run: RunRecord): string {
  return [
    '# Check of the kdump check: a real machine, real panics',
    '',
    'Written by `npm run test:vm` (see CONTRIBUTING); do not edit by hand.',
    '',
    ...renderSetup(run),
    ...(run.dump === undefined ? [] : renderDump(run.dump)),
    ...(run.remote === undefined ? [] : renderRemote(run.remote)),
    ...renderStates(run.states),
    '## What `sonae check-kdump` said of the healthy machine before its first dump',
    '',
    '```text',
    run.readyText.trim(),
    '```',
    '',
  ].join('\n');
}

function renderSetup({ images, qemu, node, sonae, minutes }: RunRecord): string[] {
  const { versions } = images;
  const kernelPackage = Object.entries(versions).find(([name]) => name.startsWith('linux-image-'));
  return [
    `- Guest: Debian ${versions['debian']}, kernel ${versions['kernel']} (${kernelPackage?.[1]}), ${guestMemory} MiB of RAM, 1 CPU; kdump-tools ${versions['kdump-tools']}, makedumpfile ${versions['makedumpfile']}, kexec-tools ${versions['kexec-tools']}, systemd ${versions['systemd']}.`,
    `- Kernel update: ${versions['updated_kernel']}.`,
    `- ${qemu}, software emulation (TCG); Node ${node}; sonae ${sonae}, packed and installed as users do.`,
    `- The whole run took ${minutes} minutes.`,
    '- QEMU loads the kernel itself (`-kernel`); the boot menu that `update-grub` wrote is read by the checks, not booted from. A guest has no network, but for the one with a target on another machine. `RUNS` is the folder of this run on the test machine.',
    "- The lists of free pages of the CPU are made as small as a server's in proportion: in so small a guest, how full they are at the panic would make the dump a third larger or smaller (`test/vm/jobs.ts`).",
    '',
  ];
}

function renderDump(dump: DumpRecord): string[] {
  const error = ((dump.predictedBytes / dump.realBytes - 1) * 100).toFixed(1);
  const seconds = dump.predictedSeconds === undefined ? 'none' : `${dump.predictedSeconds} s`;
  return [
    '## The rehearsal',
    '',
    "`sonae check-kdump rehearse --trigger` made the guest panic; Debian's kdump saved `-F -c -d 31`; after the restart `--verify` found it.",
    '',
    '| | predicted | real |',
    '| --- | --- | --- |',
    `| size | ${megabytes(dump.predictedBytes)} | ${megabytes(dump.realBytes)} (prediction ${error} %) |`,
    `| panic to dump saved | ${seconds} | ${dump.realSeconds} s (emulated CPU) |`,
    '',
    `Afterwards the verdict was: **${dump.provenVerdict}**. \`makedumpfile -R\` and \`--dump-dmesg\` read the dump, and its log has the nonce of the rehearsal.`,
    '',
    '```text',
    dump.verifyOutput.trim(),
    '```',
    '',
  ];
}

const remoteChecks = [
  'target-ssh-works',
  'target-space-predicted',
  'capture-initrd-peer-identity',
  'capture-initrd-tools',
  'rehearsal-done',
];

function renderRemote(remote: RemoteRecord): string[] {
  const reports = [remote.unasked, remote.asked, remote.proven];
  const row = (name: string, cells: readonly string[]) => `| ${[name, ...cells].join(' | ')} |`;
  return [
    '## A target on another machine',
    '',
    "A second guest with `SSH=` and `SSH_KEY=`. Its network card, set up by ifupdown, reaches port 22 of one machine and nothing else; there the real sshd of the test machine answers. It was made to panic in the same way, Debian's kdump sent the dump over ssh, and it was brought back with the command that `rehearse --verify` prints.",
    '',
    row('', ['not asked', '`--ask-target`', 'rehearsed, `--ask-target`']),
    row(
      '---',
      reports.map(() => '---'),
    ),
    row(
      'verdict',
      reports.map(({ verdict, because }) => `**${verdict}**: ${cell(because)}`),
    ),
    ...remoteChecks.map((check) =>
      row(
        `\`${check}\``,
        reports.map((report) => cell(stateAndWords(report, check))),
      ),
    ),
    '',
    `The dump was saved to \`${remote.savedTo}\`. From the panic to the saved dump it took ${remote.realSeconds} s (emulated CPU); ${remote.asked.time?.seconds} s to ${remote.asked.time?.highSeconds} s were predicted.`,
    '',
    'Before its first dump, with `--ask-target`:',
    '',
    '```text',
    remote.askedText.split('\nWhat to do')[0]?.trim() ?? '',
    '```',
    '',
    'After the restart, `rehearse --verify`, the command that it printed, and what it said of the copy:',
    '',
    '```text',
    remote.seekOutput.trim(),
    '',
    remote.verifyOutput.trim(),
    '```',
    '',
  ];
}

function stateAndWords({ findings }: KdumpReport, check: string): string {
  const finding = findings.find(({ id }) => id === `kdump/${check}`);
  return `${finding?.state ?? 'none'}: ${finding?.says ?? ''}`;
}

function renderStates(states: readonly StateRecord[]): string[] {
  const rows = states.map(
    ({ name, story, look, sawIt }) =>
      `| ${name} | ${cell(story)} | ${look.debianSays} | **${look.report.verdict}** | \`${basename(sawIt?.id ?? 'none')}\` ${sawIt?.state ?? ''} | ${cell(sawIt?.says ?? '')} |`,
  );
  return [
    '## Ways to break kdump',
    '',
    'Those whose names begin with `remote` were seen with `--ask-target`.',
    '',
    "| state | what happened | Debian's `kdump-config status` | sonae | seen by | which says |",
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
