import { type Booking, isAssigned, isTerminal, TRANSITIONS } from '@logi/contracts';
import type { Change, Facts } from './facts.ts';
import type { Report } from './finding.ts';
import type { CallEntry, Entry } from './history.ts';

/** What was answered against what was committed, and what was committed against what was asked. */
export function checkRequests(entries: readonly Entry[], facts: Facts, report: Report): void {
  const calls = entries.filter((entry) => entry.kind === 'call');
  checkKeys(calls, facts, report);
  checkAnswers(calls, facts, report);
  checkDeclines(calls, facts, report);
  checkActors(calls, facts, report);
  checkPoints(entries, facts, report);
  checkStates(facts, report);
}

/** One key, one booking, one answer. */
function checkKeys(calls: readonly CallEntry[], facts: Facts, report: Report): void {
  const answers = new Map<string, string>();
  const asked = new Set<string>();
  for (const { op, by, key, text } of calls) {
    if (op !== 'book') continue;
    const name = `${by.id}, ${key}`;
    asked.add(name);
    const first = answers.get(name);
    if (text === undefined) continue;
    if (first === undefined) answers.set(name, text);
    else if (first !== text) report('doubled', `${name}: a repeat was answered ${text}, the first time ${first}`);
  }
  const made = new Map(facts.keys.map(({ userId, key, bookingId }) => [`${userId}, ${key}`, bookingId]));
  for (const [name, text] of answers) {
    const { booking_id } = readBooking(text);
    if (made.get(name) !== booking_id) report('lost', `${name}: answered ${booking_id}, on record ${made.get(name)}`);
  }
  for (const name of made.keys()) if (!asked.has(name)) report('phantom', `${name}: a booking that nobody asked for`);
  const keyed = new Set(made.values());
  for (const { bookingId, userId } of facts.bookings) {
    if (!keyed.has(bookingId)) report('doubled', `booking ${bookingId} of ${userId} belongs to no key`);
  }
}

/** Whatever was answered with 2xx is in the history of the booking, as it was answered. */
function checkAnswers(calls: readonly CallEntry[], facts: Facts, report: Report): void {
  const changes = new Map(facts.changes.map((change) => [nameOf(change), change]));
  for (const { op, by, text } of calls) {
    if (text === undefined || text === '' || op === 'duty') continue;
    const { booking_id, version, status } = readBooking(text);
    const change = changes.get(`${booking_id} ${version}`);
    if (change?.to === status) continue;
    report(
      'lost',
      `${by.id}: ${op} was answered ${status} as version ${version} of ${booking_id}, which was ${change?.to}`,
    );
  }
}

/** A no that was taken is on record, too; it changes no booking. */
function checkDeclines(calls: readonly CallEntry[], { told }: Facts, report: Report): void {
  const declined = new Set(
    told.flatMap(({ type, data }) =>
      type === 'offer.closed' && data['outcome'] === 'declined' ? [`${data['driver_id']} ${data['booking_id']}`] : [],
    ),
  );
  for (const { op, by, bookingId, status } of calls) {
    if (op === 'decline' && status === 204 && !declined.has(`${by.id} ${bookingId}`))
      report('lost', `that ${by.id} declined ${bookingId}`);
  }
}

/** Nothing was done in a person's name that this person has not asked for, nor by the system what is people's to do. */
function checkActors(calls: readonly CallEntry[], facts: Facts, report: Report): void {
  const ofBlocked = bookingsOfBlocked(facts);
  // What was refused was not done. Whoever got no answer, or a 5xx, may have got what they asked for.
  const granted = calls.filter(({ status }) => status < 300 || status >= 500);
  const asked = new Set(granted.map((call) => wishOf(`${call.by.role} ${call.by.id}`, call.op, call)));
  for (const change of facts.changes) {
    const { actorRole, actorId, bookingId, from, to } = change;
    if (from === null) continue;
    const actions = TRANSITIONS.filter((row) => row.from === from && row.to === to).map(({ action }) => action);
    const isAsked =
      actorRole === 'system'
        ? actions.includes('dispatch') || (to === 'Cancelled' && ofBlocked.has(bookingId))
        : actions.some((action) => asked.has(wishOf(`${actorRole} ${actorId}`, action, { bookingId, to })));
    if (!isAsked) report('phantom', `${nameOf(change)}: ${actorRole} ${actorId} never asked for ${to}`);
  }
}

/** What waits in their name is cancelled for them. */
function bookingsOfBlocked({ bookings, blocked }: Facts): Set<string> {
  const users = new Set(blocked.filter(({ role }) => role === 'user').map(({ id }) => id));
  return new Set(bookings.filter(({ userId }) => users.has(userId)).map(({ bookingId }) => bookingId));
}

/** Only `advance` says where to. */
function wishOf(who: string, op: string, { bookingId, to }: Pick<CallEntry, 'bookingId' | 'to'>): string {
  return `${who} ${op} ${bookingId} ${op === 'advance' ? to : ''}`;
}

function checkPoints(entries: readonly Entry[], facts: Facts, report: Report): void {
  const stored = new Set(facts.points.map(({ driverId, seq }) => `${driverId} ${seq}`));
  const sent = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'point') sent.add(`${entry.driverId} ${entry.seq}`);
    if (entry.kind !== 'acknowledged') continue;
    for (const seq of entry.seqs) {
      const name = `${entry.driverId} ${seq}`;
      if (!stored.has(name)) report('lost', `point ${name} was acknowledged`);
    }
  }
  for (const name of stored) if (!sent.has(name)) report('phantom', `point ${name} was never sent`);
}

function checkStates(facts: Facts, report: Report): void {
  const legal = new Set(TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));
  const last = new Map<string, Change>();
  for (const change of facts.changes) {
    const { bookingId, version, from, to } = change;
    const before = last.get(bookingId);
    last.set(bookingId, change);
    const follows = from === (before?.to ?? null) && version === (before?.version ?? 0) + 1;
    if (!follows) report('illegal', `${nameOf(change)} goes on from ${from}, and before was ${before?.to}`);
    if (from !== null && !legal.has(`${from} → ${to}`)) report('illegal', `${nameOf(change)}: ${from} → ${to}`);
  }
  const busy = new Map<string, string>();
  for (const { bookingId, status, version, driverId } of facts.bookings) {
    const change = last.get(bookingId);
    if (change?.version !== version || change.to !== status)
      report('illegal', `${bookingId} is ${status}, version ${version}; its history ends with ${change?.to}`);
    if (!isTerminal(status)) report('lost', `${bookingId} never ended: ${status}`);
    if (driverId === null || !isAssigned(status)) continue;
    if (busy.has(driverId)) report('illegal', `${driverId} has both ${busy.get(driverId)} and ${bookingId}`);
    busy.set(driverId, bookingId);
  }
  checkJobs(facts, report);
  for (const { invariant, broken } of facts.brokenInvariants)
    report('illegal', `not so: ${invariant}, for ${JSON.stringify(broken)}`);
}

/** In the order in which it was written: no driver has two jobs at a time, and no job two drivers. */
function checkJobs({ told }: Facts, report: Report): void {
  const jobOf = new Map<string, unknown>();
  const driverOf = new Map<unknown, string>();
  for (const { type, aggregateId: driverId, data } of told) {
    if (type !== 'driver.work_changed') continue;
    const before = jobOf.get(driverId);
    const job = data['work'] === 'On Job' ? data['booking_id'] : undefined;
    if (before !== undefined) driverOf.delete(before);
    if (job !== undefined && before !== undefined && before !== job)
      report('illegal', `${driverId} got ${job} while on ${before}`);
    if (driverOf.has(job)) report('illegal', `${job} has both ${driverOf.get(job)} and ${driverId}`);
    if (job === undefined) jobOf.delete(driverId);
    else {
      jobOf.set(driverId, job);
      driverOf.set(job, driverId);
    }
  }
}

function nameOf({ bookingId, version }: Change): string {
  return `${bookingId} ${version}`;
}

/** Our own service's answer: what is wrong with it shows when it is compared. */
function readBooking(text: string): Pick<Booking, 'booking_id' | 'version' | 'status'> {
  return JSON.parse(text);
}
