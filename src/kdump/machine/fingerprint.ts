import { createHash } from 'node:crypto';
import { targetText } from '../configuration/dump-target.ts';
import { describeKernel } from '../configuration/kernel-view.ts';
import { readSettings } from '../configuration/settings.ts';
import { type Facts, textOf } from '../facts.ts';
import { parseIomem } from '../parse/proc.ts';

/** What a rehearsal proved, part by part: when a part changes, the proof is gone. */
export type Fingerprint = Readonly<Record<string, string>>;

/** The parts of the set-up on which a capture depends. */
export function fingerprintOf(facts: Facts): Fingerprint {
  const settings = readSettings(facts);
  const kernel = describeKernel(facts);
  const release = kernel.captureRelease(settings);
  const initrd = settings
    .initrdPaths(release)
    .map((path) => facts.stats.get(path))
    .find((fact) => fact?.state === 'known');
  const iomem = parseIomem(textOf(facts, '/proc/iomem') ?? '');
  const addresses = [...facts.files]
    .filter(([path]) => /^\/sys\/class\/net\/(?!lo\/)[^/]+\/address$/.test(path))
    .map(([, fact]) => (fact.state === 'known' ? fact.value.text.trim() : ''))
    .sort();
  return {
    kernel: kernel.release,
    'capture kernel': release,
    'capture initrd':
      initrd?.state === 'known'
        ? `${initrd.value.size} bytes of ${new Date(initrd.value.mtimeMs).toISOString()}`
        : 'unknown',
    configuration: digest(
      ['/etc/kdump.conf', '/etc/sysconfig/kdump', '/etc/default/kdump-tools']
        .map((path) => textOf(facts, path) ?? '')
        .join('\n\0'),
    ),
    crashkernel: kernel.words.filter((word) => /crashkernel=|^fadump=/.test(word)).join(' '),
    target: targetText(settings),
    memory: iomem.hasAddresses ? `${iomem.ramBytes} bytes` : 'unknown',
    hardware: ['sys_vendor', 'product_name']
      .map((name) => textOf(facts, `/sys/class/dmi/id/${name}`) ?? '')
      .join(' ')
      .trim(),
    'network addresses': digest(addresses.join('\n')),
  };
}

/** The names of the parts that differ; parts that either side does not know are not compared. */
export function fingerprintDifference(before: Fingerprint, now: Fingerprint): readonly string[] {
  return Object.keys(before).filter((part) => {
    const [was, is] = [before[part], now[part]];
    return is !== undefined && was !== 'unknown' && is !== 'unknown' && was !== is;
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
