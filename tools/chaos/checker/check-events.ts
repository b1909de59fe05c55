import { EVENTS, SUBSCRIPTIONS } from '@logi/contracts';
import type { Facts, Told } from './facts.ts';
import type { Report } from './finding.ts';

/** From the commit to the broker to the effect in the other service. */
export function checkEvents(facts: Facts, report: Report): void {
  const told = new Map(facts.told.map((event) => [event.eventId, event]));
  checkChanges(facts, report);
  checkPublished(facts, told, report);
  checkEffects(facts, told, report);
}

/** Each change of a booking has exactly one event. */
function checkChanges({ changes, told }: Facts, report: Report): void {
  const events = new Map<string, number>();
  for (const { type, aggregateId, version } of told) {
    if (!type.startsWith('booking.')) continue;
    const name = `${aggregateId} ${version}`;
    events.set(name, (events.get(name) ?? 0) + 1);
  }
  for (const { bookingId, version, to } of changes) {
    const name = `${bookingId} ${version}`;
    const count = events.get(name) ?? 0;
    if (count === 0) report('lost', `${name} (${to}) has no event`);
    if (count > 1) report('doubled', `${name} (${to}) has ${count} events`);
    events.delete(name);
  }
  for (const name of events.keys()) report('phantom', `an event of ${name}, which never was`);
}

/** The relay may say the same event twice; the first time must be in order, and nothing else may be said. */
function checkPublished({ published }: Facts, told: Map<string, Told>, report: Report): void {
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  for (const { eventId, type, aggregateId, version, md5 } of published) {
    const committed = told.get(eventId);
    if (committed?.md5 !== md5) report('phantom', `${type} of ${aggregateId} was published and not committed as such`);
    if (seen.has(eventId)) continue;
    seen.add(eventId);
    if (!committed) continue;
    const thing = thingOf({ type, aggregateId });
    if (version <= (newest.get(thing) ?? 0))
      report('reordered', `${thing}: version ${version} was published after ${newest.get(thing)}`);
    newest.set(thing, version);
  }
  for (const { eventId, type, aggregateId, version } of told.values()) {
    if (!seen.has(eventId)) report('lost', `${type} ${version} of ${aggregateId} was committed and not published`);
  }
}

function checkEffects(facts: Facts, told: Map<string, Told>, report: Report): void {
  const effects = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const { queue, eventId } of facts.effects.toSorted((a, b) => a.at - b.at)) {
    const name = `${queue} ${eventId}`;
    effects.set(name, (effects.get(name) ?? 0) + 1);
    if (effects.get(name) === 2) report('doubled', `${queue} took in ${eventId} twice`);
    const event = told.get(eventId);
    if (!event) {
      report('phantom', `${queue} took in ${eventId}, which was never committed`);
      continue;
    }
    // What comes after a newer one has no effect at all.
    const thing = `${queue}, ${thingOf(event)}`;
    if (event.version < (newest.get(thing) ?? 0)) report('reordered', `${thing}: version ${event.version} came late`);
    newest.set(thing, Math.max(event.version, newest.get(thing) ?? 0));
  }
  for (const [queue, { events }] of Object.entries(SUBSCRIPTIONS)) {
    const types: readonly string[] = events;
    for (const { eventId, type, aggregateId, version } of told.values()) {
      if (types.includes(type) && !effects.has(`${queue} ${eventId}`))
        report('lost', `${queue} never took in ${type} ${version} of ${aggregateId}`);
    }
  }
  checkAnswers(facts, report);
  checkTrips(facts, report);
  checkOffers(facts, report);
  for (const { driverId, work, workSeen, label, labelSeen } of facts.drivers) {
    // Was never on duty, as one who was blocked before: there is nothing to tell of them.
    if (work === null && label === 'Offline' && labelSeen === null) continue;
    if (work !== 'Free') report('lost', `${driverId} is ${work}, and every booking has ended`);
    if (work !== workSeen) report('lost', `${driverId} is ${work}, and tracking thinks ${workSeen}`);
    if (label !== labelSeen) report('lost', `${driverId} is ${label}, and booking thinks ${labelSeen}`);
  }
}

/** Tracking answers each question once, unless it read it when the search was over. */
function checkAnswers({ told, effects }: Facts, report: Report): void {
  const readAt = new Map(effects.map(({ eventId, at }) => [eventId, at]));
  const answers = Map.groupBy(ofType(told, 'drivers.nominated'), roundOf);
  for (const [round, asked] of Map.groupBy(ofType(told, 'drivers.requested'), roundOf)) {
    const count = answers.get(round)?.length ?? 0;
    const isTooLate = ({ eventId, data }: Told) =>
      (readAt.get(eventId) ?? 0) >= Date.parse(String(data['search_deadline']));
    if (count < asked.length && !asked.some(isTooLate)) report('lost', `search ${round} was never answered`);
    if (count > asked.length) report('doubled', `search ${round} was answered ${count} times`);
    answers.delete(round);
  }
  for (const round of answers.keys()) report('phantom', `search ${round} was answered and never asked`);
}

function ofType(told: readonly Told[], type: Told['type']): Told[] {
  return told.filter((event) => event.type === type);
}

function roundOf({ aggregateId, version }: Told): string {
  return `${aggregateId} ${version}`;
}

/** Each offer that was made was closed; one that expired may have been accepted late, and once. */
function checkOffers({ told }: Facts, report: Report): void {
  const closed = Map.groupBy(ofType(told, 'offer.closed'), ({ aggregateId }) => aggregateId);
  for (const { aggregateId } of ofType(told, 'offer.created')) {
    const ends = (closed.get(aggregateId) ?? []).map(({ data }) => data['outcome']).join(', ');
    if (ends === '') report('lost', `offer ${aggregateId} was never closed`);
    if (ends.includes(',') && ends !== 'expired, accepted') {
      report('doubled', `offer ${aggregateId} was closed more than once: ${ends}`);
    }
    closed.delete(aggregateId);
  }
  for (const offer of closed.keys()) report('phantom', `offer ${offer} was closed and never made`);
}

/** Each job that began is one trip. */
function checkTrips({ told, trips }: Facts, report: Report): void {
  const begun = new Map<string, number>();
  for (const { type, data, at } of told) {
    if (type !== 'driver.work_changed' || data['work'] !== 'On Job') continue;
    begun.set(`${data['booking_id']} ${data['driver_id']} ${Date.parse(at)}`, 0);
  }
  for (const { bookingId, driverId, startedAt, endedAt } of trips) {
    if (endedAt === null) report('lost', `that the trip of ${driverId} for ${bookingId} has ended`);
    const name = `${bookingId} ${driverId} ${new Date(startedAt).getTime()}`;
    const count = begun.get(name);
    if (count === undefined) report('phantom', `trip ${name} without a job`);
    else if (count > 0) report('doubled', `trip ${name}`);
    begun.set(name, (count ?? 0) + 1);
  }
  for (const [name, count] of begun) if (count === 0) report('lost', `trip ${name} never began`);
}

/** Versions count the changes of one thing. Question and answer of a search are counted apart. */
function thingOf({ type, aggregateId }: Pick<Told, 'type' | 'aggregateId'>): string {
  const { aggregate } = EVENTS[type];
  return `${aggregate === 'search' ? type : aggregate} ${aggregateId}`;
}
