import type { Machine } from '../machine/machine.ts';
import { compareVersions, makedumpfileVersion } from '../machine/makedumpfile.ts';
import type { Collector } from '../parse/collector.ts';
import { type Check, fail, noTooling, pass, seen, skip, unknown, warn } from './check.ts';
import { fixFor } from './fixes.ts';
import { type SettingLines, settingFix } from './setting-fix.ts';

type Codec = Exclude<Collector['compression'], 'none'>;
const flags = { zlib: '-c', lzo: '-l', snappy: '-p', zstd: '-z' } as const;
const suseFormats = { zlib: 'compressed', lzo: 'lzo' } as const;

// What the family ships, with the codec that is there or another, and fit for the target.
function collectorLines(
  { settings }: Machine,
  { codec }: { readonly codec?: Codec },
): SettingLines {
  const { collector, target } = settings;
  const usual = settings.tooling === 'debian' ? 'zlib' : 'lzo';
  const flag = flags[codec ?? (collector.compression === 'none' ? usual : collector.compression)];
  const flattened = ['ssh', 'raw'].includes(target.kind) ? '-F ' : '';
  return {
    redhat: `core_collector makedumpfile ${flattened}${flag} --message-level 7 -d 31`,
    suse: 'KDUMP_DUMPLEVEL="31"',
    debian: `MAKEDUMP_ARGS="${flag} -d 31"`,
  };
}

function isBuiltIn({ facts }: Machine, codec: string): boolean {
  const version = facts.outputs.get('makedumpfile');
  return (
    version?.state !== 'known' || !new RegExp(`^${codec}\\s+disabled`, 'm').test(version.value)
  );
}

/** True where SUSE is told to save the kernel log and no dump. */
export function isLogOnly({ settings }: Machine): boolean {
  return (
    settings.tooling === 'suse' && /^none$/i.test(settings.values.get('KDUMP_DUMPFORMAT') ?? '')
  );
}

const config = (machine: Machine, value: string) => seen(machine.settings.configPath, value);

/** Section 4, further: does the program that writes the dump write what is wanted? */
export const collectorChecks: readonly Check[] = [
  {
    id: 'core-collector-valid',
    group: 'configuration',
    weight: 'critical',
    title: "the core collector's options fit the target",
    why: 'A collector that stops with an error leaves no dump.',
    reads: 'core_collector, MAKEDUMP_ARGS, KDUMP_DUMPLEVEL, target',
    isStatic: true,
    fix: settingFix((machine) => collectorLines(machine, {})),
    evaluate(machine) {
      const { collector, target, tooling } = machine.settings;
      if (tooling === 'none') return noTooling;
      const evidence = config(machine, collector.text);
      if (isLogOnly(machine))
        return {
          ...fail('KDUMP_DUMPFORMAT is none: only the kernel log is saved', evidence),
          fix: settingFix({ suse: 'KDUMP_DUMPFORMAT="compressed"' })(machine),
        };
      if (collector.isMakedumpfile && collector.level === undefined)
        return fail('the dump level is no number', evidence);
      if (
        tooling === 'redhat' &&
        ['ssh', 'raw'].includes(target.kind) &&
        collector.isMakedumpfile &&
        !collector.isFlattened
      )
        return fail('a dump over ssh or to a raw device needs the option -F', evidence);
      const several = (collector.text.match(/(?:^|\s)-[clpz](?=\s|$)/g) ?? []).length;
      if (several > 1) return warn('more than one compression is asked for', evidence);
      return pass('its options fit the target', evidence);
    },
  },
  {
    id: 'dump-level',
    group: 'configuration',
    weight: 'high',
    title: 'the dump level keeps the dump small',
    why: "Without level 16 every free page is written, without 8 all of the users' memory: ten to a hundred times the size.",
    reads: 'dump level',
    isStatic: true,
    fix: settingFix((machine) => collectorLines(machine, {})),
    evaluate(machine) {
      const { collector, tooling } = machine.settings;
      if (tooling === 'none') return noTooling;
      if (isLogOnly(machine)) return skip('no dump is saved');
      if (!collector.isMakedumpfile)
        return warn(
          `"${collector.text}" copies all of the memory`,
          config(machine, collector.text),
        );
      const { level } = collector;
      if (level === undefined || level < 0 || level > 31)
        return fail(
          `the dump level ${level === undefined ? 'is no number' : `${level} is not one of 0 to 31`}: everything is written`,
          config(machine, collector.text),
        );
      return level < 16
        ? warn(`dump level ${level} writes every free page`, config(machine, collector.text))
        : pass(`level ${level}`, config(machine, collector.text));
    },
  },
  {
    id: 'compression-choice',
    group: 'configuration',
    weight: 'medium',
    title: 'the compression asked for is built into makedumpfile and fast enough',
    why: 'A build without it writes uncompressed pages without a word; zlib on one processor takes hours on a terabyte.',
    reads: 'collector, makedumpfile -v, RAM',
    isStatic: true,
    fix: settingFix((machine) => {
      const codec = isBuiltIn(machine, 'lzo') ? 'lzo' : 'zlib';
      return {
        ...collectorLines(machine, { codec }),
        suse: `KDUMP_DUMPFORMAT="${suseFormats[codec]}"`,
      };
    }),
    evaluate(machine) {
      const { compression, text } = machine.settings.collector;
      if (!isBuiltIn(machine, compression))
        return fail(
          `this makedumpfile is built without ${compression}: it writes uncompressed pages`,
          config(machine, text),
          seen('makedumpfile -v', `${compression} disabled`),
        );
      if (compression === 'none' && machine.settings.collector.isMakedumpfile)
        return warn('nothing is compressed', config(machine, text));
      if (compression === 'zlib' && (machine.ramBytes ?? 0) > 256 * 1024 ** 3)
        return warn('zlib on one processor is slow for this much RAM', config(machine, text));
      return pass(`${compression}`, config(machine, text));
    },
  },
  {
    id: 'flattened-format',
    group: 'configuration',
    weight: 'low',
    title: 'what format the dump has',
    why: 'A flattened dump needs makedumpfile -R, or a crash that reads it; sonae inspect does.',
    reads: 'collector options, tooling',
    isStatic: true,
    evaluate({ settings }) {
      return pass(
        settings.collector.isFlattened
          ? 'the dump is flattened: old tools need makedumpfile -R'
          : 'the dump is a plain file',
        seen(settings.configPath, settings.collector.text),
      );
    },
  },
  {
    id: 'num-threads-race',
    group: 'configuration',
    weight: 'medium',
    title: 'makedumpfile does not run threads that race',
    why: 'makedumpfile before 1.7.8 has a data race with --num-threads.',
    reads: 'makedumpfile -v, --num-threads, nr_cpus',
    isStatic: true,
    fix: (machine) => [
      ...fixFor('updateCollector')(machine),
      'where there is no newer one: drop --num-threads',
    ],
    evaluate(machine) {
      if (machine.settings.collector.threads <= 1)
        return pass('one thread', config(machine, machine.settings.collector.text));
      const version = makedumpfileVersion(machine);
      if (!version) return unknown('the version of makedumpfile is not known here');
      return compareVersions(version, [1, 7, 8]) < 0
        ? warn(
            `makedumpfile ${version.join('.')} with ${machine.settings.collector.threads} threads`,
            seen('makedumpfile -v', version.join('.')),
          )
        : pass('it is new enough for threads', seen('makedumpfile -v', version.join('.')));
    },
  },
  {
    id: 'split-or-eppic',
    group: 'configuration',
    weight: 'low',
    title: 'the collector needs no debug information in the initrd',
    why: '--split, --config and --eppic need files that the initrd does not have.',
    reads: 'collector options',
    isStatic: true,
    fix: settingFix((machine) => collectorLines(machine, {})),
    evaluate(machine) {
      const { text } = machine.settings.collector;
      return /--(?:split|config|eppic)\b/.test(text)
        ? warn('the collector needs files beside it', config(machine, text))
        : pass('it needs nothing', config(machine, text));
    },
  },
];
