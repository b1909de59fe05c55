import type { Outgoing } from './outgoing.ts';

/** One pass for all sockets that one turn of the event loop brought something for. */
export function createFlusher(): (outgoing: Outgoing) => void {
  let scheduled: Outgoing[] = [];
  const flushAll = () => {
    const batch = scheduled;
    scheduled = [];
    for (const outgoing of batch) outgoing.flush();
  };
  return (outgoing) => {
    if (outgoing.isScheduled) return;
    outgoing.isScheduled = true;
    if (scheduled.push(outgoing) === 1) setImmediate(flushAll);
  };
}
