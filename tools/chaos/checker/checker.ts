import { checkBlocks } from './check-blocks.ts';
import { checkDeliveries } from './check-deliveries.ts';
import { checkEvents } from './check-events.ts';
import { checkRequests } from './check-requests.ts';
import type { Facts } from './facts.ts';
import type { Finding, Report, Wrong } from './finding.ts';
import type { Entry } from './history.ts';

export type Verdict = {
  findings: Finding[];
  wrongs: Record<Wrong, number>;
  counts: Record<
    'attempted' | 'acknowledged' | 'committed' | 'published' | 'effected' | 'delivered' | 'points',
    number
  >;
};

/** Compares what people asked, were answered and heard with what the system has recorded. Pure: no clock, no servers. */
export function check(entries: readonly Entry[], facts: Facts): Verdict {
  const findings: Finding[] = [];
  const wrongs: Record<Wrong, number> = { lost: 0, phantom: 0, doubled: 0, reordered: 0, misdelivered: 0, illegal: 0 };
  const report: Report = (wrong, what) => {
    wrongs[wrong] += 1;
    findings.push({ wrong, what });
  };
  checkRequests(entries, facts, report);
  checkBlocks(entries, facts, report);
  checkEvents(facts, report);
  const delivered = checkDeliveries(entries, facts, report);
  const calls = entries.filter((entry) => entry.kind === 'call');
  return {
    findings,
    wrongs,
    counts: {
      attempted: calls.length,
      acknowledged: calls.filter(({ status }) => status >= 200 && status < 300).length,
      committed: facts.told.length,
      published: new Set(facts.published.map(({ eventId }) => eventId)).size,
      effected: facts.effects.length,
      delivered,
      points: facts.points.length,
    },
  };
}
