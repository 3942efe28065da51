/**
 * A rule of the verification. They share nothing with the rules that mask: other patterns, another way of deciding,
 * written to be read by someone who doubts the first. A fault in one is not a fault in both.
 */
export interface LeakRule {
  readonly name: string;
  /** Words (a pattern, any case) without which the rule has nothing to look at: quick to rule most lines out. */
  readonly needs: string;
  /** Tried on a line that has them; global, bounded. Groups `value`, `value2` are what must not be there. */
  readonly pattern: RegExp;
  /** Decides on the value; by default anything counts that is not harmless. */
  readonly isLeak?: (value: string, match: RegExpMatchArray) => boolean;
}
