/** The same text in memory of its own. V8 makes a piece of a long text a view that keeps all of it alive; what is remembered must not. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
