import type { ByteSource } from '../../model/byte-source.ts';
import { blankIdentity, type IdentifiedDump } from './dump-identity.ts';
import { isFlattened, openFlattened } from './flattened.ts';
import { identifyElf } from './identify-elf.ts';
import { identifyForeign } from './identify-foreign.ts';
import { identifyKdump } from './identify-kdump.ts';
import { identifyWrapped } from './identify-wrapped.ts';

/** `quick` reads headers and a little more; `full` looks at every page descriptor as well. */
export type IdentifyDepth = 'quick' | 'full';

/** Tells what a file is, whatever it is. Order as in crash: flattened first, then what is inside. */
export function identifyDump(source: ByteSource, depth: IdentifyDepth = 'quick'): IdentifiedDump {
  const head = source.read(0, 4096);
  if (source.size === 0 || head.length === 0) return { identity: empty(), body: undefined };
  if (isFlattened(head)) return identifyFlattened(source, depth);
  return (
    identifyElf(source) ??
    identifyKdump(source, depth) ??
    named(identifyForeign(source, head)) ??
    named(identifyWrapped(source, head)) ??
    zeroes(source, head) ?? { identity: unknown(), body: undefined }
  );
}

function named(identity: IdentifiedDump['identity'] | undefined): IdentifiedDump | undefined {
  return identity && { identity, body: undefined };
}

function identifyFlattened(source: ByteSource, depth: IdentifyDepth): IdentifiedDump {
  const stream = openFlattened(source);
  const inner = identifyInner(stream.source, depth);
  const problems = [...stream.problems, ...(inner?.identity.problems ?? [])];
  const isComplete = stream.hasEnd && inner?.identity.completeness === 'complete';
  const base = inner?.identity ?? blankIdentity('flattened', 'nothing recognisable yet');
  return {
    identity: {
      ...base,
      format: 'flattened',
      title: `flattened stream (makedumpfile -F) of ${base.title}`,
      completeness: isComplete ? 'complete' : 'incomplete',
      facts: [...base.facts, { label: 'records', value: String(stream.records) }],
      problems,
      advice: [
        ...base.advice,
        'Tools that refuse a flattened stream take the result of: makedumpfile -R OUTPUT < FILE',
      ],
    },
    body: inner?.body,
  };
}

function identifyInner(source: ByteSource, depth: IdentifyDepth): IdentifiedDump | undefined {
  return identifyElf(source) ?? identifyKdump(source, depth);
}

function empty(): IdentifiedDump['identity'] {
  return {
    ...blankIdentity('empty', 'empty file'),
    completeness: 'incomplete',
    problems: [
      'The file is empty: the capture kernel created it and died, or the target was full or not synced.',
    ],
    advice: lookBeside,
  };
}

const lookBeside = [
  'Look for vmcore-dmesg.txt, kexec-dmesg.log or dmesg.* in the same folder: they are written first and say why.',
];

// A preallocated file, or one whose data never reached the disk before the reset.
function zeroes(source: ByteSource, head: Buffer): IdentifiedDump | undefined {
  const samples = [0.25, 0.5, 0.75, 1].map((part) =>
    source.read(Math.floor(Math.max(0, source.size - 4096) * part), 4096),
  );
  if (![head, ...samples].every((bytes) => bytes.every((byte) => byte === 0))) return undefined;
  const identity = {
    ...blankIdentity('zeroes', 'only zero bytes'),
    completeness: 'incomplete' as const,
    problems: [
      'The file holds only zeroes: space was reserved but the dump never reached the disk before the reset.',
    ],
    advice: lookBeside,
  };
  return { identity, body: undefined };
}

function unknown(): IdentifiedDump['identity'] {
  return {
    ...blankIdentity('unknown', 'not a dump that is known'),
    problems: ['The first bytes match no dump format.'],
    advice: ['Check what it is with: file FILE'],
  };
}
