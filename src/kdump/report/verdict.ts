import type { KdumpFinding, Verdict } from './report.ts';

/**
 * The verdict and one sentence why. A critical failure means no dump; a high one, or a critical warning, a dump that may be
 * lost; a critical check that could not be answered leaves it unproven. Nothing unknown is ever ready.
 */
export function decideVerdict(
  findings: readonly KdumpFinding[],
  rehearsed: string,
): { readonly verdict: Verdict; readonly because: string } {
  const of = (state: KdumpFinding['state'], weight: KdumpFinding['weight']) =>
    findings.filter((finding) => finding.state === state && finding.weight === weight);
  const broken = of('fail', 'critical');
  if (broken[0]) return { verdict: 'not ready', because: sentence(broken) };
  const risks = [...of('fail', 'high'), ...of('warn', 'critical')];
  if (risks[0]) return { verdict: 'at risk', because: sentence(risks) };
  const unanswered = of('unknown', 'critical');
  const open = unanswered.filter(({ isLeftToRunning }) => !isLeftToRunning);
  if (open[0]) return { verdict: 'unproven', because: sentence(open) };
  if (unanswered[0])
    return {
      verdict: 'unproven',
      because: `nothing in the image keeps a dump from being taken; ${unanswered.length} checks that decide are left to the running machine`,
    };
  return { verdict: 'ready', because: `everything that decides a dump is in order; ${rehearsed}` };
}

/** True when a critical check could not be answered that could have been: what an image cannot know does not count. */
export function hasOpenQuestion(findings: readonly KdumpFinding[]): boolean {
  return findings.some(
    ({ state, weight, isLeftToRunning }) =>
      state === 'unknown' && weight === 'critical' && !isLeftToRunning,
  );
}

function sentence(findings: readonly KdumpFinding[]): string {
  // One cause can be the reason of many checks.
  const more = new Set(findings.map(({ says }) => says)).size - 1;
  const rest =
    more === 0 ? '' : more === 1 ? ' (and one thing more)' : ` (and ${more} things more)`;
  return `${findings[0]?.says ?? ''}${rest}`;
}
