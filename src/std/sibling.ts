/** URL of a module beside the caller, `.ts` in a checkout and `.js` when installed: for workers and child processes. */
export function sibling(callerUrl: string, name: string): URL {
  return new URL(`./${name}${callerUrl.endsWith('.ts') ? '.ts' : '.js'}`, callerUrl);
}
