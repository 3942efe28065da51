const informs = 'it informs and demands nothing: every answer passes';
const skips =
  'where it holds, kdump is not a matter of this machine: skipped, with who it is a matter of';

/** Checks without a case on both sides, and why there can be none. The list may only get shorter: the test wants it exact. */
export const withoutBothSides: Readonly<Record<string, string>> = {
  'cluster-detected': informs,
  'container-no-kdump': skips,
  environment: informs,
  'fence-only-first-message': informs,
  'flattened-format': informs,
  gvisor: skips,
  'netconsole-fallback': informs,
  'rcu-stall-panic': informs,
  'ship-route': 'only the network could tell, and none is used: always skipped',
  uml: skips,
  'vmcore-tools': informs,
  'watchdog-active': informs,
  wsl: skips,
};
