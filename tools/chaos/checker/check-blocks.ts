import type { Facts } from './facts.ts';
import type { Report } from './finding.ts';
import type { BlockedEntry, Entry, Who } from './history.ts';

/** How long a block may take to hold beyond booking, while nothing is broken. */
const ELSEWHERE_MS = 2_000;
/** Within so much after a fault all goes as ever. */
const RECOVERY_MS = 5_000;

/** From the moment on at which a block must hold, nothing of the blocked has an effect: in booking that is the answer. */
export function checkBlocks(entries: readonly Entry[], facts: Facts, report: Report): void {
  const disturbances = disturbancesIn(entries);
  for (const entry of entries) {
    if (entry.kind !== 'blocked') continue;
    checkBooking(entry, { entries, facts, report });
    checkElsewhere(entry.whom, { from: holdsElsewhere(entry.at, disturbances), entries, report });
  }
}

type Checking = { entries: readonly Entry[]; facts: Facts; report: Report };

function checkBooking({ at, whom }: BlockedEntry, { entries, facts, report }: Checking): void {
  const name = nameOf(whom);
  for (const change of facts.changes)
    if (`${change.actorRole} ${change.actorId}` === name && change.at > at)
      report('illegal', `${name} made ${change.bookingId} ${change.to}, blocked for ${change.at - at} ms`);
  for (const entry of entries)
    if (entry.kind === 'call' && entry.op !== 'duty' && nameOf(entry.by) === name && entry.at > at && isGood(entry))
      report('illegal', `${name} was let do ${entry.op}, blocked for ${entry.at - at} ms`);
  for (const { type, data, at: offeredAt } of facts.told)
    if (type === 'offer.created' && `driver ${data['driver_id']}` === name && Date.parse(offeredAt) > at)
      report('illegal', `${name} was offered ${data['booking_id']}, blocked for ${Date.parse(offeredAt) - at} ms`);
}

type Elsewhere = Pick<Checking, 'entries' | 'report'> & { from: number };

function checkElsewhere(whom: Who, { from, entries, report }: Elsewhere): void {
  const name = nameOf(whom);
  const late = (at: number, what: string) => report('illegal', `${name} ${what}, ${at - from} ms after it had to hold`);
  for (const entry of entries) {
    if (entry.at <= from) continue;
    if (entry.kind === 'heard' && nameOf(entry.by) === name) late(entry.at, `heard ${entry.message.type}`);
    if (entry.kind === 'acknowledged' && `driver ${entry.driverId}` === name) late(entry.at, 'had points taken');
    if (entry.kind === 'call' && entry.op === 'duty' && nameOf(entry.by) === name && isGood(entry))
      late(entry.at, 'went on duty');
  }
}

type Disturbance = { from: number; to: number };

/** Faults, and processes that ended: what a gateway does not know then, it waits for, but those that tell it were away. */
function disturbancesIn(entries: readonly Entry[]): Disturbance[] {
  const found: Disturbance[] = [];
  let begun: { at: number; id: string } | undefined;
  for (const entry of entries) {
    if (entry.kind === 'fault begins') begun = entry;
    else if (entry.kind === 'fault' && entry.id === begun?.id) {
      found.push({ from: begun.at, to: entry.at });
      begun = undefined;
    } else if (entry.kind === 'process' && entry.is === 'ended') found.push({ from: entry.at, to: entry.at });
  }
  if (begun) found.push({ from: begun.at, to: Number.POSITIVE_INFINITY });
  return found.sort((a, b) => a.from - b.from);
}

function holdsElsewhere(blockedAt: number, disturbances: readonly Disturbance[]): number {
  let from = blockedAt + ELSEWHERE_MS;
  for (const disturbance of disturbances)
    if (disturbance.from <= from) from = Math.max(from, disturbance.to + RECOVERY_MS);
  return from;
}

function isGood({ status }: { status: number }): boolean {
  return status >= 200 && status < 300;
}

function nameOf({ role, id }: Who): string {
  return `${role} ${id}`;
}
