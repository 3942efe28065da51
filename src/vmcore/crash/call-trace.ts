/** A line of the log without its time: what the reports are parsed from. */
export interface LogLine {
  readonly microseconds: number | undefined;
  readonly text: string;
}

/** One function of a stack. */
export interface Frame {
  readonly name: string;
  readonly offset: number;
  readonly module: string | undefined;
  /** False for what the kernel prints with `?` and for what a scan found. */
  readonly isReliable: boolean;
  /** Part of the stack: an interrupt, an NMI, or the task itself. */
  readonly stack: 'task' | 'irq' | 'nmi';
}

/** A call trace in the log, with the place where the CPU was when the trace says. */
export interface CallTrace {
  readonly frames: readonly Frame[];
  /** The first kernel RIP, pc, NIP or epc before or inside the trace. */
  readonly instruction: Frame | undefined;
}

const place = String.raw`([A-Za-z_.$][\w.$]{0,200})\+0x([0-9a-f]{1,8})\/0x[0-9a-f]{1,8}(?: \[([\w-]{1,64})[^\]]{0,64}\])?`;
const framePattern = new RegExp(
  String.raw`^\s*(?:\[<[0-9a-f]{8,16}>\]\s+)?(\? )?(?:\(?\[<?[0-9a-f]{8,16}>?\]\)?\s+)?(\? )?${place}`,
);
const instructionPattern = new RegExp(
  String.raw`^(?:R?E?IP: (?:0010:|0060:)?(?:\[<[0-9a-f]+>\]\s+(?:\[<[0-9a-f]+>\]\s+)?)?|pc : |PC is at |epc : |NIP \[[0-9a-f]+\] |Krnl PSW : .*\()${place}`,
);
const stackMarker = /^\s*<(\/)?(TASK|IRQ|NMI|SOFTIRQ|EOE|#DF|ENTRY_TRAMPOLINE)>/;
const registerLine =
  /^\s*(?:R[A-Z0-9]{2}:|[ER]?IP:|RSP:|Code:|FS:|CS:|DS:|CR\d:|DR\d:|PKRU:|ORIG_RAX|E[A-D]X:|EFLAGS|\? 0x[0-9a-f]+|0x[0-9a-f]{8,16}$)/;
const traceStart = /^(?:Call Trace|Call trace|Backtrace|Stack traceback)/i;

/** Longest trace that is parsed. */
const frameLimit = 256;

/** The kernel address that a RIP, pc or NIP line names; undefined for other lines and for user mode. */
export function parseInstruction(text: string): Frame | undefined {
  const match = instructionPattern.exec(text);
  if (!match?.[1]) return undefined;
  return {
    name: match[1],
    offset: Number.parseInt(match[2] ?? '0', 16),
    module: match[3],
    isReliable: true,
    stack: 'task',
  };
}

/** Parses the first call trace at or after `from`, looking no further than `to`. */
export function parseCallTrace(lines: readonly LogLine[], from: number, to: number): CallTrace {
  let instruction: Frame | undefined;
  let at = from;
  for (; at < to; at += 1) {
    const text = lines[at]?.text ?? '';
    instruction ??= parseInstruction(text);
    if (traceStart.test(text)) break;
  }
  const frames: Frame[] = [];
  let stack: Frame['stack'] = 'task';
  for (at += 1; at < to && frames.length < frameLimit; at += 1) {
    const text = lines[at]?.text ?? '';
    const marker = stackMarker.exec(text);
    if (marker) {
      stack = marker[1] ? 'task' : stackOf(marker[2] ?? '');
      continue;
    }
    const found = framePattern.exec(text);
    if (found?.[3]) {
      frames.push({
        name: found[3],
        offset: Number.parseInt(found[4] ?? '0', 16),
        module: found[5],
        isReliable: found[1] === undefined && found[2] === undefined,
        stack,
      });
      continue;
    }
    // Registers of an interrupted context stand between the frames.
    const interrupted = parseInstruction(text);
    if (interrupted) {
      instruction ??= interrupted;
      frames.push({ ...interrupted, stack });
    } else if (!registerLine.test(text)) break;
  }
  return { frames, instruction };
}

function stackOf(name: string): Frame['stack'] {
  if (name === 'NMI' || name === '#DF') return 'nmi';
  return name === 'IRQ' || name === 'SOFTIRQ' ? 'irq' : 'task';
}
