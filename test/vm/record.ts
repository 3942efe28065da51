import { basename } from 'node:path';
import type { KdumpFinding } from '../../src/kdump/report/report.ts';
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

/** What a whole run was. */
export interface RunRecord {
  readonly images: GuestImages;
  readonly qemu: string;
  readonly node: string;
  readonly sonae: string;
  readonly minutes: number;
  readonly readyText: string;
  readonly dump: DumpRecord | undefined;
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
    '- QEMU loads the kernel itself (`-kernel`); the boot menu that `update-grub` wrote is read by the checks, not booted from. There is no network: remote targets are not tried here.',
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

function renderStates(states: readonly StateRecord[]): string[] {
  const rows = states.map(
    ({ name, story, look, sawIt }) =>
      `| ${name} | ${cell(story)} | ${look.debianSays} | **${look.report.verdict}** | \`${basename(sawIt?.id ?? 'none')}\` ${sawIt?.state ?? ''} | ${cell(sawIt?.says ?? '')} |`,
  );
  return [
    '## Ways to break kdump',
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
