import type { LogLine } from '../crash/call-trace.ts';
import type { OpenDump } from '../open-dump.ts';

/** When the machine died. */
export interface CrashTime {
  /** Unix milliseconds. */
  readonly at: number;
  /** How we know; the clock line of the log is right within seconds unless the clock was set later. */
  readonly from: 'dump header' | 'clock line of the log';
}

/** Which machine and which kernel this was. */
export interface SystemFacts {
  readonly host: string | undefined;
  readonly release: string | undefined;
  /** uname -v. */
  readonly version: string | undefined;
  readonly machine: string | undefined;
  readonly hardware: string | undefined;
  readonly buildId: string | undefined;
  /** Why the build id must not be trusted, for kernels that wrote garbage. */
  readonly buildIdProblem: string | undefined;
  readonly crashTime: CrashTime | undefined;
  /** Of the last message. */
  readonly uptimeSeconds: number | undefined;
  readonly commandLine: string | undefined;
}

/** Gathers what the headers, the kernel's memory and the log say about the machine. */
export function gatherSystemFacts(
  dump: OpenDump | undefined,
  lines: readonly LogLine[],
): SystemFacts {
  const uts = (dump && readUts(dump)) ?? dump?.uts;
  const banner = firstGroup(lines, /^Linux version (\S{1,100} .{1,400})/);
  const release = uts?.release || dump?.info?.get('OSRELEASE') || banner?.split(' ')[0];
  const buildId = dump?.info?.get('BUILD-ID');
  return {
    host: named(uts?.nodename),
    release,
    version: uts?.version || banner?.slice(banner.lastIndexOf('#')),
    machine: uts?.machine || dump?.machine,
    hardware:
      firstGroup(lines, /^DMI: (.{1,200})/) ?? firstGroup(lines, /^Hardware name: (.{1,200})/),
    buildId: buildId && /^[0-9a-f]{16,64}$/.test(buildId) ? buildId : undefined,
    buildIdProblem: buildId && release ? doubtBuildId(release) : undefined,
    crashTime: findCrashTime(dump, lines),
    uptimeSeconds: lastTime(lines),
    commandLine: firstGroup(lines, /^(?:Kernel command line|Command line): (.{0,4096})/)?.trim(),
  };
}

function named(host: string | undefined): string | undefined {
  return host === '' ? undefined : host;
}

function firstGroup(lines: readonly LogLine[], pattern: RegExp): string | undefined {
  for (const { text } of lines) {
    const match = pattern.exec(text);
    if (match) return match[1];
  }
  return undefined;
}

function lastTime(lines: readonly LogLine[]): number | undefined {
  const last = lines.findLast(({ microseconds }) => microseconds !== undefined);
  return last?.microseconds === undefined ? undefined : last.microseconds / 1e6;
}

// init_uts_ns: six fields of 65 bytes after `name`; before 5.10 a kref of four bytes may stand first.
function readUts({ kernel, info }: OpenDump) {
  const symbol = info?.symbol('init_uts_ns');
  if (!info || symbol === undefined || typeof kernel === 'string') return undefined;
  const named = info.offset('uts_namespace.name');
  for (const offset of named === undefined ? [0, 4] : [named]) {
    const read = kernel.read(symbol + BigInt(offset), 6 * 65);
    if (read.kind !== 'data' || read.bytes.toString('latin1', 0, 6) !== 'Linux\0') continue;
    const field = (index: number) => {
      const bytes = read.bytes.subarray(index * 65, (index + 1) * 65);
      const end = bytes.indexOf(0);
      return bytes.toString('utf8', 0, end < 0 ? 65 : end);
    };
    return { nodename: field(1), release: field(2), version: field(3), machine: field(4) };
  }
  return undefined;
}

function findCrashTime(
  dump: OpenDump | undefined,
  lines: readonly LogLine[],
): CrashTime | undefined {
  if (dump?.crashTime !== undefined) return { at: dump.crashTime * 1000, from: 'dump header' };
  const last = lastTime(lines);
  for (const { text, microseconds } of lines) {
    const seconds = /setting system clock to .{1,40} \((\d{9,11})\)$/.exec(text)?.[1];
    if (seconds === undefined || microseconds === undefined || last === undefined) continue;
    const at = Number(seconds) * 1000 + Math.round(last * 1000 - microseconds / 1000);
    return { at, from: 'clock line of the log' };
  }
  return undefined;
}

// drgn (drgn_program_parse_vmcoreinfo) lists the releases whose BUILD-ID is garbage.
const brokenBuildIds: readonly [RegExp, (patch: number) => boolean][] = [
  [/^6\.11\.(\d+)/, (patch) => patch >= 3 && patch <= 9],
  [/^6\.10\.(\d+)/, (patch) => patch >= 14],
  [/^6\.6\.(\d+)/, (patch) => patch >= 55 && patch <= 62],
  [/^6\.1\.(\d+)/, (patch) => patch >= 113 && patch <= 118],
  [/^5\.15\.(\d+)/, (patch) => patch >= 168],
];

function doubtBuildId(release: string): string | undefined {
  const isBroken = brokenBuildIds.some(([pattern, test]) => {
    const patch = pattern.exec(release)?.[1];
    return patch !== undefined && test(Number(patch));
  });
  return isBroken ? 'this release writes a wrong BUILD-ID: go by the release' : undefined;
}
