import type { BundleRecord } from './bundle.ts';
import { missingStates, type OutcomeState } from './outcome.ts';

/** What is missing for one and the same reason. */
export interface MissingGroup {
  readonly state: OutcomeState;
  readonly reason: string;
  readonly records: readonly BundleRecord[];
}

/** What is missing from a bundle, in the order of the records, with the same reason told once. */
export function groupMissing(records: readonly BundleRecord[]): readonly MissingGroup[] {
  const groups = new Map<
    string,
    { state: OutcomeState; reason: string; records: BundleRecord[] }
  >();
  for (const record of records.filter(({ state }) => missingStates.has(state))) {
    const { state, reason = '' } = record;
    const key = `${state} ${reason}`;
    const group = groups.get(key) ?? { state, reason, records: [] };
    group.records.push(record);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The note of a record whose command failed and gave no evidence but its complaint on stderr. */
export const nothingButError = 'nothing but an error message';

/** Whether a command failed and said only why: neither missing, nor evidence of more than that. */
export function gaveOnlyError({ note }: BundleRecord): boolean {
  return note === nothingButError;
}
