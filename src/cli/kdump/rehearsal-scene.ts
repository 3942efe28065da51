import type { Facts } from '../../kdump/facts.ts';
import type { KdumpReport } from '../../kdump/report/report.ts';
import type { System } from '../../model/system.ts';
import type { GlobalOptions } from '../global-options.ts';

/** What `rehearse` is told. */
export interface RehearseOptions extends GlobalOptions {
  readonly trigger?: boolean;
  readonly prepare?: boolean;
  readonly ticket?: string;
  readonly verify?: boolean;
  readonly dumpFolder?: string;
  readonly yesCrash?: string;
  readonly override: readonly string[];
  readonly state: string;
}

/** The machine on which a panic is rehearsed. */
export interface Scene {
  readonly system: System;
  readonly facts: Facts;
  readonly report: KdumpReport;
}
