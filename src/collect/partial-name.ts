/** The run that writes a bundle. */
export interface Writer {
  /** Where the number of a process means this one: a boot of a machine, and a process namespace on it. */
  readonly scope: string;
  readonly pid: number;
  /** With the pid it names one process for good. */
  readonly startTicks: string;
}

/** The hidden name of a bundle that is being written, which tells by whom. */
export function partialName({ scope, pid, startTicks }: Writer): string {
  return `.sonae-${scope}-${pid}-${startTicks}.partial`;
}

/** Who writes the file of this name, also of its reserve; undefined when it is none of ours. */
export function writerOf(name: string): Writer | undefined {
  const found =
    /^\.sonae-(?<scope>[0-9a-f]{12})-(?<pid>\d+)-(?<startTicks>\d+)\.partial(?:\.reserve)?$/.exec(
      name,
    )?.groups;
  const { scope, pid, startTicks } = found ?? {};
  if (scope === undefined || startTicks === undefined) return undefined;
  return { scope, pid: Number(pid), startTicks };
}
