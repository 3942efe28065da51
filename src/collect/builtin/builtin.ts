import type { TakeContext } from '../take-context.ts';

/** A collector written in code: gives its evidence as text, piece by piece; what it throws makes it `failed`. */
export type Builtin = (context: TakeContext) => AsyncIterable<string>;
