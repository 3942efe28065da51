import type { ByteSource } from '../../model/byte-source.ts';
import { printable } from '../../std/printable.ts';
import { blankIdentity, type DumpIdentity, type HeaderFact } from './dump-identity.ts';

const virshAdvice =
  'Take a crash dump instead: virsh dump --memory-only --format kdump-zlib DOMAIN FILE';

/** Names the dump formats whose memory we do not read, with what their headers say and what to do. Undefined for others. */
export function identifyForeign(source: ByteSource, head: Buffer): DumpIdentity | undefined {
  if (head.length < 8) return undefined;
  return (
    byMagic(head) ??
    s390(source, head) ??
    lkcd(head) ??
    sadump(source, head) ??
    vmware(source, head) ??
    atTheEnd(source)
  );
}

const magics: readonly {
  readonly at: number;
  readonly bytes: string;
  readonly format: string;
  readonly title: string;
  readonly advice: string;
  readonly isPartial?: boolean;
}[] = [
  {
    at: 0,
    bytes: 'LinuxGuestRecord',
    format: 'xen-save',
    title: 'saved Xen guest (xm save)',
    advice: 'Dump the guest with: xl dump-core DOMAIN FILE',
  },
  {
    at: 0,
    bytes: '\xed\xeb\x0f\xf0',
    format: 'xen-core',
    title: 'old Xen core (xm dump-core, paravirtual)',
    advice: 'crash reads it with the matching vmlinux.',
  },
  {
    at: 0,
    bytes: '\xee\xeb\x0f\xf0',
    format: 'xen-core',
    title: 'old Xen core (xm dump-core, HVM)',
    advice: 'crash reads it with the matching vmlinux.',
  },
  {
    at: 0,
    bytes: 'LibvirtQemudSave',
    format: 'libvirt-save',
    title: 'saved guest (virsh save)',
    advice: virshAdvice,
  },
  {
    at: 0,
    bytes: 'LibvirtQemudPart',
    format: 'libvirt-save',
    title: 'unfinished saved guest (virsh save)',
    advice: virshAdvice,
    isPartial: true,
  },
  {
    at: 0,
    bytes: 'QEVM',
    format: 'qemu-migration',
    title: 'QEMU migration stream (virsh dump without --memory-only)',
    advice: virshAdvice,
  },
  {
    at: 0,
    bytes: 'PAGEDU64',
    format: 'windows',
    title: 'Windows crash dump, 64 bit',
    advice: 'Look at it with WinDbg.',
  },
  {
    at: 0,
    bytes: 'PAGEDUMP',
    format: 'windows',
    title: 'Windows crash dump, 32 bit',
    advice: 'Look at it with WinDbg.',
  },
  {
    at: 0,
    bytes: 'MDMP',
    format: 'windows',
    title: 'Windows minidump',
    advice: 'Look at it with WinDbg.',
  },
  {
    at: 4086,
    bytes: 'S1SUSPEND',
    format: 'hibernation',
    title: 'hibernation image',
    advice: 'It is not a crash dump.',
  },
  {
    at: 4086,
    bytes: 'LINHIB0001',
    format: 'hibernation',
    title: 'hibernation image',
    advice: 'It is not a crash dump.',
  },
];

function byMagic(head: Buffer): DumpIdentity | undefined {
  const found = magics.find(
    ({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes,
  );
  if (!found) return undefined;
  return {
    ...blankIdentity(found.format, found.title),
    completeness: found.isPartial ? 'incomplete' : 'unknown',
    problems: found.isPartial ? ['The save was not finished.'] : [],
    advice: [found.advice],
  };
}

// zipl stand-alone dump, big-endian (s390-tools zdump/dfi_s390.c; libkdumpfile s390dump.c).
function s390(source: ByteSource, head: Buffer): DumpIdentity | undefined {
  if (head.readBigUInt64BE(0) !== 0xa8190173618f23fdn || head.length < 80) return undefined;
  const headerSize = head.readUInt32BE(12);
  const memorySize = head.readBigUInt64BE(24);
  const tod = head.readBigUInt64BE(56);
  const mark = source.read(headerSize + Number(memorySize), 8).toString('latin1');
  const isWhole = mark === 'DUMP_END';
  // Bit 51 of the TOD clock is a microsecond, its epoch 1900.
  const seconds = Number(tod >> 12n) / 1e6 - 2208988800;
  return {
    ...blankIdentity('s390-dump', 's390 stand-alone dump'),
    machine: 's390x',
    completeness: isWhole ? 'complete' : 'incomplete',
    problems: isWhole ? [] : ['The end mark is missing: the dump is cut off.'],
    facts: [
      { label: 'memory', value: `${memorySize} bytes` },
      { label: 'pages', value: String(head.readUInt32BE(48)) },
      ...timeFact(seconds),
    ],
    advice: [
      'Show it with: zgetdump -i FILE',
      'Convert it to a vmcore that everything reads with: zgetdump -f kdump FILE > vmcore',
    ],
  };
}

function timeFact(seconds: number): HeaderFact[] {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? [] : [{ label: 'crash time', value: date.toISOString() }];
}

// lkcdutils kl_dump.h: the panic string stands in the header.
function lkcd(head: Buffer): DumpIdentity | undefined {
  const magics = [0xa8190173618f23edn, 0xa8190173618f23cdn];
  const isLittleEndian = magics.includes(head.readBigUInt64LE(0));
  if ((!isLittleEndian && !magics.includes(head.readBigUInt64BE(0))) || head.length < 312) {
    return undefined;
  }
  const panic = head.toString('latin1', 52, 308).split('\0', 1)[0] ?? '';
  return {
    ...blankIdentity('lkcd', 'LKCD dump (SLES 8 and 9)'),
    facts: [{ label: 'panic', value: printable(panic) }],
    advice: ['crash reads it with the matching vmlinux (crash -g for the format details).'],
  };
}

// Fujitsu sadump (crash sadump.h).
function sadump(source: ByteSource, head: Buffer): DumpIdentity | undefined {
  const isPartition = head.toString('latin1', 0, 6) === 'sadump' && head[6] === 0;
  const isDisk = head.toString('latin1', 0, 6) === 'sadump' || isPartition;
  const next = source.read(4096, 8);
  if (!isDisk && next.toString('latin1', 0, 6) !== 'sadump') return undefined;
  return {
    ...blankIdentity('sadump', 'Fujitsu stand-alone dump (sadump)'),
    advice: ['Convert it with: makedumpfile -l -d 31 -x vmlinux FILE vmcore'],
  };
}

// The five magics of VMware states (crash vmware_vmss.h), and guest dumps, which have a name but no magic.
const vmwareMagics = [0xbed0bed0, 0xbed2bed2, 0xbed3bed3, 0xbad1bad1, 0xbad2bad2];

function vmware(source: ByteSource, head: Buffer): DumpIdentity | undefined {
  const magic = head.readUInt32LE(0);
  const advice = [
    'The memory is in the .vmem file beside it: keep both.',
    'Convert them with: vmss2core -N FILE.vmss FILE.vmem',
  ];
  if (vmwareMagics.includes(magic) && head.length >= 12) {
    const groups = head.readUInt32LE(8);
    const names = Array.from({ length: Math.min(groups, 32) }, (_, index) => 12 + index * 80)
      .filter((at) => at + 64 <= head.length)
      .map((at) => printable(head.toString('latin1', at, at + 64).split('\0', 1)[0] ?? ''));
    return {
      ...blankIdentity('vmware', 'VMware suspended state or snapshot (.vmss, .vmsn)'),
      completeness: magic === 0xbed3bed3 ? 'incomplete' : 'unknown',
      problems: magic === 0xbed3bed3 ? ['The state is marked as partial.'] : [],
      facts: [{ label: 'groups', value: names.join(', ') }],
      advice,
    };
  }
  if (/(^|\/)debug\.(guest|vmem)$/.test(source.name) && magic >= 1 && magic <= 7) {
    return { ...blankIdentity('vmware', 'VMware guest dump (debug.guest)'), advice };
  }
  return undefined;
}

// crash's mapfile trailer of a live KVM dump stands in the last eight bytes.
function atTheEnd(source: ByteSource): DumpIdentity | undefined {
  const tail = source.read(source.size - 8, 8);
  if (tail.length < 8 || tail.readBigUInt64LE(0) !== 0xfeedbabedeadbeefn) return undefined;
  return { ...blankIdentity('kvm-live', 'KVM dump with a crash map file'), advice: [virshAdvice] };
}
