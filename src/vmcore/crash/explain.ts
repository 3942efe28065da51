/** Readers throw MemoryFault and RangeError for what a dump does to them; both are words for people. Anything else is a bug. */
export function explain(error: unknown): string {
  if (error instanceof Error && (error.name === 'MemoryFault' || error instanceof RangeError)) {
    return error.message;
  }
  throw error;
}
