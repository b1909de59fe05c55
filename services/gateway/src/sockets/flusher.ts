import type { Outgoing } from './outgoing.ts';

/** A pass is followed by a rest that is so many times as long: writing takes a sixteenth of the time at most. */
const REST_PER_PASS = 15;
/** Nobody waits longer than this for the next pass. */
const MAX_REST_MS = 50;

/**
 * One pass for all sockets that something has come for. A write costs the same for one message as for ten, so the more
 * there is to write, the longer messages may gather: a pass over a few sockets, well below a tenth of a millisecond, delays
 * nothing, and under load each socket gets in one write what would have been several.
 */
export function createFlusher(): (outgoing: Outgoing) => void {
  let scheduled: Outgoing[] = [];
  let restsUntil = 0;
  const flushAll = () => {
    const batch = scheduled;
    scheduled = [];
    const startedAt = performance.now();
    for (const outgoing of batch) outgoing.flush();
    const endedAt = performance.now();
    restsUntil = endedAt + Math.min(MAX_REST_MS, (endedAt - startedAt) * REST_PER_PASS);
  };
  return (outgoing) => {
    if (outgoing.isScheduled) return;
    outgoing.isScheduled = true;
    if (scheduled.push(outgoing) > 1) return;
    const restMs = restsUntil - performance.now();
    if (restMs < 1) setImmediate(flushAll);
    else setTimeout(flushAll, restMs);
  };
}
