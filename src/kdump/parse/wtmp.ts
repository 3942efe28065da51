/** One start of the machine as wtmp has it. */
export interface BootRecord {
  readonly startedMs: number;
  /** True when a shutdown was recorded before the next start. */
  readonly endedCleanly: boolean;
}

const bootTime = 2; // utmp(5) BOOT_TIME
const runLevel = 1; // utmp(5) RUN_LVL, with the user "shutdown"

/** The boots recorded in wtmp (utmp(5)), oldest first; the last is the running one. Undefined when the bytes are no wtmp. */
export function parseWtmp(bytes: Buffer): readonly BootRecord[] | undefined {
  const size = bytes.length % 384 === 0 ? 384 : 400;
  if (bytes.length === 0 || bytes.length % size !== 0) return undefined;
  const boots: { startedMs: number; endedCleanly: boolean }[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const type = bytes.readUInt16LE(at);
    const user = bytes.toString('latin1', at + 44, at + 76).replace(/\0.*$/s, '');
    // 340 is ut_tv in the 384-byte record; the 400-byte one of aarch64 has a 64-bit time at 344.
    const seconds =
      size === 384 ? bytes.readUInt32LE(at + 340) : Number(bytes.readBigUInt64LE(at + 344));
    if (type === bootTime) boots.push({ startedMs: seconds * 1000, endedCleanly: false });
    else if (type === runLevel && user === 'shutdown') {
      const last = boots.at(-1);
      if (last) last.endedCleanly = true;
    }
  }
  return boots;
}
