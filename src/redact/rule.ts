/** An example inside a rule: this text becomes the other one, `*` standing for a token. */
export interface MaskVector {
  readonly text: string;
  /** The text with each secret replaced by `*`. */
  readonly masked: string;
}

/** What every rule says about itself. Tests run the vectors through the whole redaction. */
interface RuleBase {
  /** Stable, counted in the manifest. */
  readonly name: string;
  /** Why this is a secret, one sentence. */
  readonly reason: string;
  readonly masks: readonly MaskVector[];
  /** Look-alikes that stay as they are. */
  readonly keeps: readonly string[];
}

/**
 * A secret known by its shape, or by the words right before it. The pattern is sticky (`y`), bounded, tried
 * at the anchor, and names the part to mask `secret` (default: the whole match).
 */
export interface ShapeRule extends RuleBase {
  readonly kind: 'shape';
  /** Words one of which the pattern starts with; lower case finds any case. */
  readonly anchors: readonly string[];
  readonly pattern: RegExp;
  /** True: the anchor may follow a letter or digit. */
  readonly isInside?: boolean;
}

/** A line of a configuration file or report in which the secret is known by its place. Tried at the start of the line. */
export interface LineRule extends RuleBase {
  readonly kind: 'line';
  /** Tried on lines with one of these words, in any file. */
  readonly anchors: readonly string[];
  readonly pattern: RegExp;
}

/** The same for all lines of certain files. */
export interface FileRule extends RuleBase {
  readonly kind: 'file';
  /** Matched against the path inside the bundle. */
  readonly path: RegExp;
  readonly pattern: RegExp;
  /** Path that the vectors are tried under. */
  readonly example: string;
}

/** A command that takes a secret among its arguments. */
export interface CommandRule extends RuleBase {
  readonly kind: 'command';
  /** First letters of the commands, as anchors. */
  readonly anchors: readonly string[];
  /** The whole command names. */
  readonly command: RegExp;
  readonly flags: readonly SecretFlag[];
}

/** How a flag carries its secret. */
export interface SecretFlag {
  readonly flag: string;
  /** `next`: its own argument; `attached`: right behind the flag; `both`. */
  readonly value: 'next' | 'attached' | 'both';
  /** The secret is what follows the first of these characters, as in `user:password`. */
  readonly after?: string;
}

/** Everything a rule can be, apart from the key names, which are words and not patterns. */
export type SecretRule = ShapeRule | LineRule | FileRule | CommandRule;
