/**
 * Seconds from the panic to the saved dump by the time stamps of both kernels on the serial console: the second one
 * counts from its own start, and the jump between them takes less than a second. NaN where the dump was not saved.
 */
export function captureSeconds(serial: string): number {
  const saved = /\[ *(\d+\.\d+)\] kdump-tools\[\d+\]: kdump-tools: saved vmcore/.exec(serial);
  return saved === null ? Number.NaN : Math.round(Number(saved[1]));
}

/** Where the capture says that it saved the dump. */
export function savedTo(serial: string): string | undefined {
  return /kdump-tools: saved vmcore in (\S+)\.$/m.exec(serial)?.[1];
}
