import type { ByteSource } from '../../model/byte-source.ts';
import { blankIdentity, type HeaderFact, type IdentifiedDump } from './dump-identity.ts';
import { type DescriptorScan, scanDescriptors } from './kdump-completeness.ts';
import { type KdumpHeader, readKdumpHeader } from './kdump-header.ts';
import { descriptorSize, type KdumpPart, openKdumpPart } from './kdump-memory.ts';
import { excludedClasses, leavesUserPagesOut, pageFlags } from './page-flags.ts';

/** Says what a kdump-compressed or diskdump file is and whether it is whole. Undefined without their signature. */
export function identifyKdump(
  source: ByteSource,
  depth: 'quick' | 'full',
): IdentifiedDump | undefined {
  const header = readKdumpHeader(source);
  if (!header) return undefined;
  const format = header.signature === 'KDUMP' ? 'kdump-compressed' : 'diskdump';
  const base = {
    ...blankIdentity(format, `${format}, header version ${header.version}`),
    machine: header.uts.machine || undefined,
    release: header.uts.release || undefined,
    dumpLevel: header.sub?.dumpLevel,
    hasUserPages:
      header.sub?.dumpLevel === undefined ? undefined : !leavesUserPagesOut(header.sub.dumpLevel),
  };
  if (header.blockSize === 0 || !header.sub) {
    const problems = header.problems;
    const facts = headerFacts(header);
    const advice = ['The memory is not in this file: look for the rest, or copy it again.'];
    return {
      identity: { ...base, completeness: 'incomplete', problems, facts, advice },
      body: undefined,
    };
  }
  const part = openKdumpPart(source, header);
  const scan = scanDescriptors(part, depth);
  const problems = [...header.problems, ...judge(part, scan)];
  const isPart = header.sub.isSplit;
  return {
    identity: {
      ...base,
      title: `${base.title}${isPart ? ', one part of a split set' : ''}`,
      completeness: problems.length > 0 ? 'incomplete' : 'complete',
      pageCompression: scan.compression,
      problems,
      facts: [...headerFacts(header), ...pageFacts(part, scan)],
      advice: isPart
        ? ['Give all parts at once: sonae inspect PART... ; makedumpfile --reassemble joins them.']
        : smallerAdvice(header.sub.dumpLevel),
    },
    body: { kind: 'kdump', source, part },
  };
}

function smallerAdvice(level: number | undefined): string[] {
  if (level === undefined || (level & 31) === 31) return [];
  return [
    'Before sending, make it small and leave user pages out: makedumpfile -l -d 31 FILE SMALL',
  ];
}

// The rules of completeness, each reported by itself.
function judge(part: KdumpPart, scan: DescriptorScan): string[] {
  const { header, source, descriptors } = part;
  const problems: string[] = [];
  // In DISKDUMP, bit 1 means completed; in KDUMP, bit 8 means incomplete.
  const isMarked =
    header.signature === 'KDUMP'
      ? (header.status & pageFlags.incomplete) !== 0
      : (header.status & 1) === 0;
  if (isMarked) {
    problems.push(
      'The writer marked the dump as incomplete: it ran out of space or hit its limit.',
    );
  }
  const tableEnd = header.descriptorsAt + descriptors * descriptorSize;
  if (tableEnd > source.size) {
    problems.push('The file is cut off before or inside the table of page descriptors.');
  }
  const of =
    scan.checked < scan.expected ? `of the ${scan.checked} checked` : `of ${scan.expected}`;
  const percent = (count: number) => `${Math.round((100 * count) / Math.max(1, scan.checked))} %`;
  if (scan.beyondEnd > 0) {
    problems.push(
      `The file is cut off: ${scan.beyondEnd} ${of} stored pages (${percent(scan.beyondEnd)}) lie past its end.`,
    );
  }
  if (scan.unwritten > 0) {
    problems.push(
      `${scan.unwritten} ${of} pages (${percent(scan.unwritten)}) were never written: the capture ended early.`,
    );
  }
  return problems;
}

function headerFacts(header: KdumpHeader): HeaderFact[] {
  const { uts, crashTime, sub } = header;
  const facts: HeaderFact[] = [];
  if (uts.nodename) facts.push({ label: 'host', value: uts.nodename });
  if (uts.release) facts.push({ label: 'release', value: `${uts.release} ${uts.version}` });
  if (uts.machine) facts.push({ label: 'machine', value: uts.machine });
  if (crashTime > 0) {
    facts.push({ label: 'crash time', value: new Date(crashTime * 1000).toISOString() });
  }
  if (sub?.dumpLevel !== undefined) {
    const left = excludedClasses(sub.dumpLevel);
    const words = left.length > 0 ? `without ${left.join(', ')}` : 'nothing left out';
    facts.push({ label: 'dump level', value: `${sub.dumpLevel} (${words})` });
  }
  return facts;
}

function pageFacts(part: KdumpPart, scan: DescriptorScan): HeaderFact[] {
  const { header, ram, stored, start, end } = part;
  const kept = stored.rank(header.frames);
  const existing = ram.rank(header.frames);
  const percent = existing > 0 ? ` (${((100 * kept) / existing).toFixed(1)} %)` : '';
  const facts = [
    { label: 'pages', value: `${kept} of ${existing} kept${percent}, ${pagesAre(scan)}` },
  ];
  if (header.sub?.isSplit) {
    facts.push({ label: 'part', value: `frames ${start} to ${end} of ${header.frames}` });
  }
  return facts;
}

function pagesAre({ compression }: DescriptorScan): string {
  if (compression === 'none') return 'uncompressed';
  return compression === 'unknown'
    ? 'compressed in several ways'
    : `compressed with ${compression}`;
}
