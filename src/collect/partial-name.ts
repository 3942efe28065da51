/** The hidden name of a bundle that is being written, which tells whose it is. */
export function partialName(pid: number, startTicks: string): string {
  return `.sonae-${pid}-${startTicks}.partial`;
}

/** Names in a folder that were left by runs that are no longer alive: killed, or cut off by a reboot. */
export function stalePartials(
  names: readonly string[],
  isAlive: (pid: number, startTicks: string) => boolean,
): string[] {
  return names.filter((name) => {
    const match = /^\.sonae-(\d+)-(\d+)\.partial(?:\.reserve)?$/.exec(name);
    return match !== null && !isAlive(Number(match[1]), match[2] ?? '');
  });
}
