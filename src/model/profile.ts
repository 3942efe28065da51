/** Distribution families that differ in what there is to collect. */
export const families = ['redhat', 'suse', 'debian'] as const;
export type Family = (typeof families)[number];

/** What a profile is about: a subject of the machine, a symptom somebody sees, or a set of other profiles. */
export const profileGroups = ['set', 'symptom', 'subject'] as const;
export type ProfileGroup = (typeof profileGroups)[number];

/** How much taking an item can disturb the machine. `high` is taken only when asked for by name. */
export const impacts = ['none', 'low', 'medium', 'high'] as const;
export type Impact = (typeof impacts)[number];

/** Things of which a machine has several; `{}` in an argv or a path stands for the name of one. */
export const eachKinds = [
  'interface', // /sys/class/net/*
  'disk', // /sys/block/*, without loop, ram and zram
  'nvme', // /sys/class/nvme/* controllers
  'md', // /sys/block/md*
  'netns', // /run/netns/*
  'xfs', // mount points of local xfs file systems
  'ext', // block devices of mounted ext2/3/4
  'btrfs', // mount points of btrfs
  'module', // /sys/module/* that have an initstate, so are loaded modules
  'kernel', // release of the running kernel, with --root of the kernels in /lib/modules
] as const;
export type EachKind = (typeof eachKinds)[number];

/** Collectors written in code, because no file or command gives this safely. */
export const builtinNames = [
  'kernel-log', // /dev/kmsg, non-blocking
  'processes', // stat, status, wchan, stack of every process and of every thread in D state; never cmdline
  'deleted-files', // open files that were unlinked, with sizes
  'space', // statfs of every local mount, bytes and inodes
  'disk-usage', // bounded walk of local file systems: the largest folders
  'clocks', // realtime, monotonic and boot clocks side by side
  'environment', // the environment variables that change how commands behave
  'crash-dumps', // inventory of vmcores: name, size, time; never their bytes
  'hardware-summary', // systeminformation, in a child with a deadline
] as const;
export type BuiltinName = (typeof builtinNames)[number];

/** How one piece of evidence is taken: an argv, some paths, or a collector in code. Never a shell string. */
export type Take =
  | {
      readonly kind: 'run';
      readonly argv: readonly string[];
      /** The argv to use with `--root`, with `{root}` for the image; absent when it makes no sense there. */
      readonly offline?: readonly string[];
    }
  | {
      readonly kind: 'read';
      /** Absolute paths and globs (`*`, `?`, `[...]`, `**`). A folder means everything below it. */
      readonly paths: readonly string[];
      /** Globs to leave out. */
      readonly except: readonly string[];
    }
  | { readonly kind: 'builtin'; readonly name: BuiltinName };

/** One thing to collect, with the reasons and limits that a person can read before trouble. */
export interface Item {
  /** Stable and unique, `subject.name`. */
  readonly id: string;
  /** What it is, one sentence. */
  readonly what: string;
  /** Why a support engineer wants it, one sentence. */
  readonly why: string;
  readonly take: Take;
  /** Folder below `sos_commands/`, as sos names its plugins. */
  readonly plugin: string;
  /** File name there; by default the command line, mangled. */
  readonly name?: string;
  /** Symbolic link at the top of the bundle that readers of sos reports look for. */
  readonly link?: string;
  /** Names under which insights-core finds it. */
  readonly tags: readonly string[];
  readonly needs: {
    readonly root: boolean;
    /** Kernel modules that must be loaded already, so that the command does not load them. */
    readonly modules: readonly string[];
  };
  readonly when: {
    /** All of these paths must exist. */
    readonly exists: readonly string[];
    /** None of these may exist. */
    readonly absent: readonly string[];
    /** Empty: every family. */
    readonly families: readonly Family[];
  };
  /** Take it once for each of these; `{}` is the name. */
  readonly each?: EachKind;
  /** Take it once, with `{}` as an argument replaced by all the names. */
  readonly all?: EachKind;
  readonly samples: { readonly count: number; readonly intervalMs: number };
  readonly limits: {
    /** Wall time of the whole step. */
    readonly timeMs: number;
    /** Longest silence. */
    readonly idleMs?: number;
    /** Bytes kept, of one command or of one `paths` entry. */
    readonly bytes: number;
    /** Files taken at most. */
    readonly files: number;
  };
  /** Which part is kept when there is more than `limits.bytes`. */
  readonly keep: 'head' | 'tail';
  /** A log: newest first across rotations, `--since` applies. */
  readonly isLog: boolean;
  readonly impact: Impact;
  /** 0 in process and lock-free, 1 a bounded child, 2 may hang on the trouble itself so comes last, 3 changes or stops things. */
  readonly tier: 0 | 1 | 2 | 3;
  /** 1 is gone within a second, 9 is still there next month. Orders the whole plan. */
  readonly volatility: number;
  /** Never beside another item with the same token. */
  readonly exclusive: readonly string[];
  /** What to read when the command is missing, fails, or no process can be started. */
  readonly fallback?: { readonly paths: readonly string[] };
  /** Kinds of personal or secret data to expect: ip, user, hostname, cmdline, mac, serial, secret. */
  readonly sensitivity: readonly string[];
}

/** Another profile whose items are taken too. */
export interface ProfileInclude {
  readonly profile: string;
  /** Item ids (or `subject.*`) to take from it; empty: all. */
  readonly only: readonly string[];
  /** Item ids (or `subject.*`) to leave out of it. */
  readonly exclude: readonly string[];
}

/** A named choice of items. */
export interface Profile {
  readonly name: string;
  readonly group: ProfileGroup;
  /** One sentence for `profiles list`. */
  readonly title: string;
  /** When to use it and what it answers. */
  readonly why: string;
  /** What it can cost or disturb; symptom profiles always say. */
  readonly risk?: string;
  /** What a person should do that sonae will not, such as SysRq or a dump from the host side. */
  readonly advice: readonly string[];
  readonly include: readonly ProfileInclude[];
  /** Item ids (or `subject.*`) to leave out of everything included. */
  readonly exclude: readonly string[];
  readonly items: readonly Item[];
  /** Where it was read from. */
  readonly file: string;
}
