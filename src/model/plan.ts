import type { OutcomeState } from './outcome.ts';
import type { EachKind, Family, Item, Take } from './profile.ts';

/** What the planner must know about the machine; gathered before, so that planning is pure. */
export interface HostView {
  /** The root is `/`: commands may run. */
  readonly isLive: boolean;
  /** /proc, /sys and /run below the root are of a running system; always so when it is live. */
  readonly isRunning: boolean;
  readonly isRoot: boolean;
  readonly family: Family | undefined;
  /** Commands on the fixed PATH. */
  readonly commands: ReadonlySet<string>;
  /** Every path named by some `when`; undefined where it could not be told. */
  readonly paths: ReadonlyMap<string, boolean | undefined>;
  /** Kernel modules present (loaded or built in); undefined when modules cannot be loaded anyway. */
  readonly modules: ReadonlySet<string> | undefined;
  readonly each: ReadonlyMap<EachKind, readonly string[]>;
}

/** What the person asked for beyond the profiles. */
export interface PlanOptions {
  /** Take items of this impact and below. */
  readonly maxImpact: 'none' | 'low' | 'medium' | 'high';
  /** Where the image is mounted, for `{root}` in offline commands; `/` unless told. */
  readonly root?: string;
}

/** One thing to do: an item for one device and one sample. */
export interface Step {
  /** `item`, `item[eth0]`, `item#2`: unique within the plan. */
  readonly id: string;
  readonly item: Item;
  /** The take with `{}` replaced; with `fallbackFor`, the files that stand in for the command. */
  readonly take: Take;
  /** Command that cannot be run here (not installed, needs root, would load a module), so that `take` reads its fallback. */
  readonly fallbackFor?: readonly string[];
  /** Name of the device for which `each` made this step. */
  readonly device?: string;
  /** 1 for the first. */
  readonly sample: number;
}

/** An item that will not be taken, and why. */
export interface PlannedSkip {
  readonly id: string;
  readonly item: Item;
  readonly state: Extract<OutcomeState, 'absent' | 'denied' | 'not-applicable' | 'skipped'>;
  readonly reason: string;
}

/** Everything that will be done, most volatile first, and everything that will not. */
export interface Plan {
  readonly profiles: readonly string[];
  readonly steps: readonly Step[];
  readonly skips: readonly PlannedSkip[];
}
