import { absent, type Fact, known, unreadable } from '../../model/fact.ts';
import { dumpFolder, isRemote } from '../configuration/dump-target.ts';
import { describeKernel, type KernelView } from '../configuration/kernel-view.ts';
import { type KdumpSettings, readSettings } from '../configuration/settings.ts';
import { type Facts, fileFact, firstKnown, mapFact, type Space, textOf } from '../facts.ts';
import { unpackedBytes } from '../initrd/parse-initrd.ts';
import { type CrashkernelRequest, evaluateCrashkernel } from '../parse/crashkernel.ts';
import {
  type MemoryMap,
  type Mount,
  mountOf,
  parseFstab,
  parseIomem,
  parseListRoom,
  parseMeminfo,
  parseMountinfo,
} from '../parse/proc.ts';
import { parseNumber } from '../parse/text.ts';
import {
  censusOfMeminfo,
  chooseCensus,
  predictSize,
  type SizePrediction,
} from '../predict/size.ts';
import { predictTime, type TimePrediction } from '../predict/time.ts';
import { captureCmdline } from './capture-cmdline.ts';
import { describeEnvironment, type Environment } from './environment.ts';
import { findImpossibility, type Impossibility } from './impossible.ts';
import { type RehearsalState, readRehearsal } from './rehearsal-state.ts';
import {
  estimateReservation,
  type ReservationEstimate,
  standardReservation,
} from './reservation.ts';
import { readWatchdogs, type Watchdog } from './watchdogs.ts';

/** The facts, understood: what checks reason about. Derived from the facts alone. */
export interface Machine {
  readonly facts: Facts;
  readonly settings: KdumpSettings;
  readonly kernel: KernelView;
  readonly environment: Environment;
  /** True when /proc of a running kernel is there: live, or a tree captured from one. */
  readonly hasKernelState: boolean;
  /** Why no crash kernel can ever be loaded here; undefined where one can. */
  readonly impossible: Impossibility | undefined;
  readonly memory: Fact<MemoryMap>;
  readonly meminfo: Fact<ReadonlyMap<string, number>>;
  /** As memblock counts it; from meminfo where iomem hides the addresses. */
  readonly ramBytes: number | undefined;
  readonly request: CrashkernelRequest | undefined;
  readonly crashBytes: Fact<number>;
  readonly isLoaded: Fact<boolean>;
  readonly isFadump: boolean;
  readonly captureRelease: string;
  readonly captureWords: readonly string[];
  /** Those of the running machine; on an image those of its fstab. */
  readonly mounts: readonly Mount[];
  /** The mount that the dump goes to, for a local target. */
  readonly targetMount: Mount | undefined;
  /** Free space where the dump goes, for a local target. */
  readonly targetSpace: Fact<Space>;
  readonly size: SizePrediction | undefined;
  readonly time: TimePrediction | undefined;
  readonly reservation: ReservationEstimate | undefined;
  readonly watchdogs: Fact<readonly Watchdog[]>;
  readonly modules: Fact<ReadonlySet<string>>;
  readonly rehearsal: RehearsalState;
}

/** Derives everything that checks need from the facts. Pure. */
export function describeMachine(facts: Facts): Machine {
  const settings = readSettings(facts);
  const kernel = describeKernel(facts);
  const memory = readMemoryMap(facts);
  const meminfo = mapFact(fileFact(facts, '/proc/meminfo'), ({ text }) => parseMeminfo(text));
  const ramBytes = ramOf(memory, meminfo);
  const isFadump = /\bfadump=(?:on|nocma)\b/.test(kernel.cmdline ?? '');
  const crashBytes = readCrashBytes(facts, memory, isFadump);
  const captureRelease = kernel.captureRelease(settings);
  const environment = describeEnvironment(facts, kernel.arch);
  const mounts = mapFact(fileFact(facts, '/proc/self/mountinfo'), ({ text }) =>
    parseMountinfo(text),
  );
  const mounted = mounts.state === 'known' ? mounts.value : [];
  const hasKernelState = facts.isLive || kernel.cmdline !== undefined;
  const mountList = hasKernelState ? mounted : mountsOfFstab(facts);
  const size = predict(facts, settings, memory, meminfo, ramBytes, crashBytes);
  const words = captureCmdline(settings, kernel.cmdline ?? kernel.defaultEntry?.options ?? '');
  return {
    facts,
    settings,
    kernel,
    environment,
    impossible: findImpossibility(facts, kernel, environment),
    hasKernelState,
    memory,
    meminfo,
    ramBytes,
    request:
      kernel.cmdline === undefined
        ? undefined
        : evaluateCrashkernel(kernel.cmdline, {
            ramBytes: ramBytes ?? 8 * 1024 ** 3,
            arch: kernel.arch,
            release: kernel.release,
          }),
    crashBytes,
    isLoaded: readLoaded(facts, isFadump),
    isFadump,
    captureRelease,
    captureWords: words,
    mounts: mountList,
    targetMount:
      settings.target.kind === 'local' ? mountOf(mountList, settings.target.path) : undefined,
    targetSpace: readTargetSpace(facts, settings, mounted),
    size,
    time: size && predictTime(size.likely, size.census, settings),
    reservation: estimate(
      facts,
      settings,
      kernel,
      memory,
      crashBytes,
      environment,
      words,
      ramBytes,
      captureRelease,
    ),
    watchdogs: readWatchdogs(facts),
    modules: mapFact(
      fileFact(facts, '/proc/modules'),
      ({ text }) => new Set(text.split('\n').map((line) => line.split(' ')[0] ?? '')),
    ),
    rehearsal: readRehearsal(facts),
  };
}

// Nothing of an image is mounted: these are the file systems that it will mount.
function mountsOfFstab(facts: Facts): readonly Mount[] {
  return parseFstab(textOf(facts, '/etc/fstab') ?? '').map((line) => ({ ...line, root: '/' }));
}

function readMemoryMap(facts: Facts): Fact<MemoryMap> {
  const fact = mapFact(fileFact(facts, '/proc/iomem'), ({ text }) => parseIomem(text));
  return fact.state === 'known' && !fact.value.hasAddresses
    ? unreadable(fact.from, 'its addresses are shown to root only')
    : fact;
}

function ramOf(
  memory: Fact<MemoryMap>,
  meminfo: Fact<ReadonlyMap<string, number>>,
): number | undefined {
  if (memory.state === 'known' && memory.value.ramBytes > 0) return memory.value.ramBytes;
  const total = meminfo.state === 'known' ? meminfo.value.get('MemTotal') : undefined;
  return total === undefined ? undefined : Math.ceil((total * 1.02) / 2 ** 27) * 2 ** 27;
}

function readCrashBytes(facts: Facts, memory: Fact<MemoryMap>, isFadump: boolean): Fact<number> {
  const places = isFadump
    ? ['/sys/kernel/fadump/mem_reserved']
    : ['/sys/kernel/kexec/crash_size', '/sys/kernel/kexec_crash_size'];
  // Kernels before about 6.5 leave the low region out of the sum.
  const mapped = memory.state === 'known' ? memory.value.crashBytes : 0;
  return mapFact(readNumber(facts, places), (value) => Math.max(value, mapped));
}

function readLoaded(facts: Facts, isFadump: boolean): Fact<boolean> {
  const places = isFadump
    ? ['/sys/kernel/fadump/registered', '/sys/kernel/fadump_registered']
    : ['/sys/kernel/kexec/crash_loaded', '/sys/kernel/kexec_crash_loaded'];
  return mapFact(readNumber(facts, places), (value) => value !== 0);
}

// A number at its new and its old place; where they tell different things neither is believed.
function readNumber(facts: Facts, places: readonly string[]): Fact<number> {
  const file = firstKnown(facts, places);
  if (file.state !== 'known') return file;
  const value = parseNumber(file.value.text);
  if (value === undefined) return unreadable(file.from, 'it holds no number');
  const other = places.find((place) => {
    const text = textOf(facts, place);
    return text !== undefined && parseNumber(text) !== value;
  });
  return other === undefined
    ? known(value, file.from)
    : unreadable(`${file.from} and ${other}`, 'they contradict each other');
}

// Of the nearest folder above that exists.
function readTargetSpace(
  facts: Facts,
  settings: KdumpSettings,
  mounts: readonly Mount[],
): Fact<Space> {
  const { targetAnswer: answer } = facts;
  // It counts no inodes: 0 of 0 is a file system that makes them as it needs them.
  if (answer?.state === 'known' && answer.value.state === 'let in')
    return known({ ...answer.value, freeInodes: 0, totalInodes: 0 }, answer.from);
  const folder = dumpFolder(settings, mounts);
  const { where, path: target } = settings.target;
  if (folder === undefined)
    return unreadable(where ?? target, 'the target is not a mounted folder of this machine');
  if (!folder.startsWith('/')) return absent(folder);
  for (let path = folder; ; path = path.replace(/\/[^/]*$/, '') || '/') {
    const space = facts.spaces.get(path);
    if (space && space.state !== 'absent') return space;
    if (path === '/') return absent(folder);
  }
}

function predict(
  facts: Facts,
  settings: KdumpSettings,
  memory: Fact<MemoryMap>,
  meminfo: Fact<ReadonlyMap<string, number>>,
  ramBytes: number | undefined,
  crashBytes: Fact<number>,
): SizePrediction | undefined {
  const fallback =
    meminfo.state === 'known'
      ? censusOfMeminfo(
          meminfo.value,
          memory.state === 'known' ? (ramBytes ?? 0) : 0,
          crashBytes.state === 'known' ? crashBytes.value : 0,
          4096,
        )
      : undefined;
  const chosen = chooseCensus(facts.pages, fallback);
  const listRoom = parseListRoom(textOf(facts, '/proc/zoneinfo') ?? '');
  return (
    chosen && predictSize(chosen.passes, settings.collector, chosen.basis, facts.contents, listRoom)
  );
}

function estimate(
  facts: Facts,
  settings: KdumpSettings,
  kernel: KernelView,
  memory: Fact<MemoryMap>,
  crashBytes: Fact<number>,
  environment: Environment,
  captureWords: readonly string[],
  ramBytes: number | undefined,
  release: string,
): ReservationEstimate | undefined {
  const initrd = settings
    .initrdPaths(release)
    .map((path) => facts.stats.get(path))
    .find((fact) => fact?.state === 'known');
  const cpus = captureWords.findLast((word) => /^(?:nr_cpus|maxcpus)=\d+$/.test(word));
  const cpuinfo = textOf(facts, '/proc/cpuinfo') ?? '';
  return estimateReservation({
    kernelImageBytes: memory.state === 'known' ? memory.value.kernelImageBytes : undefined,
    initrdBytes: initrd?.state === 'known' ? initrd.value.size : undefined,
    unpackedBytes: unpackedBytes(facts.initrd),
    captureCpus: cpus ? Number(cpus.split('=')[1]) || 1 : 1,
    isRemote: isRemote(settings),
    isEncryptedMemory: environment.isConfidential || /^flags.*\bsev\b/m.test(cpuinfo),
    crashBytes: crashBytes.state === 'known' ? crashBytes.value : 0,
    standardBytes: ramBytes
      ? standardReservation(kernel.release, kernel.arch, ramBytes)
      : undefined,
    tooling: settings.tooling,
  });
}
