import { type Booking, isAssigned, isTerminal, TRANSITIONS } from '@logi/contracts';
import type { Report } from './checker.ts';
import type { Change, Facts } from './facts.ts';
import type { CallEntry, Entry } from './history.ts';

/** What was answered against what was committed, and what was committed against what was asked. */
export function checkRequests(entries: readonly Entry[], facts: Facts, report: Report): void {
  const calls = entries.filter((entry) => entry.kind === 'call');
  checkKeys(calls, facts, report);
  checkAnswers(calls, facts, report);
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

/** Nothing was done in a person's name that this person has not asked for. */
function checkActors(calls: readonly CallEntry[], facts: Facts, report: Report): void {
  const asked = new Set(calls.map(({ by, op, bookingId }) => `${by.role} ${by.id} ${op} ${bookingId}`));
  for (const change of facts.changes) {
    const { actorRole, actorId, bookingId, from, to } = change;
    if (actorRole === 'system' || from === null) continue;
    const actions = TRANSITIONS.filter((row) => row.from === from && row.to === to).map(({ action }) => action);
    if (!actions.some((action) => asked.has(`${actorRole} ${actorId} ${action} ${bookingId}`)))
      report('phantom', `${nameOf(change)}: ${actorId} never asked for ${to}`);
  }
}

function checkPoints(entries: readonly Entry[], facts: Facts, report: Report): void {
  const stored = new Set(facts.points.map(({ driverId, seq }) => `${driverId} ${seq}`));
  const sent = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== 'points') continue;
    for (const seq of entry.seqs) {
      const name = `${entry.driverId} ${seq}`;
      sent.add(name);
      if (entry.isAcknowledged && !stored.has(name)) report('lost', `point ${name} was acknowledged`);
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
}

/** In the order of versions: who has a job gets no other before that one has ended. */
function checkJobs({ told }: Facts, report: Report): void {
  const job = new Map<string, unknown>();
  const works = told.filter(({ type }) => type === 'driver.work_changed').sort((a, b) => a.version - b.version);
  for (const { aggregateId: driverId, data } of works) {
    const isOnJob = data['work'] === 'On Job';
    const before = job.get(driverId);
    if (isOnJob && before !== undefined && before !== data['booking_id'])
      report('illegal', `${driverId} got ${data['booking_id']} while on ${before}`);
    if (isOnJob) job.set(driverId, data['booking_id']);
    else job.delete(driverId);
  }
}

function nameOf({ bookingId, version }: Change): string {
  return `${bookingId} ${version}`;
}

/** Our own service's answer: what is wrong with it shows when it is compared. */
function readBooking(text: string): Pick<Booking, 'booking_id' | 'version' | 'status'> {
  return JSON.parse(text);
}
