import { readerOf } from './expected-messages.ts';
import type { Facts } from './facts.ts';
import type { Report } from './finding.ts';
import type { HeardEntry } from './history.ts';

/**
 * The default mode is at most once and has no versions: what was missed while away is missed. What a connection did hear
 * must be, for each booking or driver, a part of what happened: in that order, and with nothing left out in between.
 */
export function checkPlainConnections(heard: readonly HeardEntry[], facts: Facts, report: Report): void {
  const happened = sequences(facts);
  const owners = new Map(facts.bookings.map(({ bookingId, userId }) => [bookingId, userId]));
  for (const [connection, messages] of Map.groupBy(heard, ({ socket, connection }) => `${socket}, ${connection}`)) {
    const things = Map.groupBy(messages, (entry) => thingOf(entry));
    for (const [thing, entries] of things) {
      if (entries[0]?.message.type === 'driver_location') {
        checkOwner(connection, entries, owners, report);
        continue;
      }
      const told = entries.map(wordOf);
      const truth = happened.get(thing);
      if (truth === undefined) {
        const isOthers = [...happened.keys()].some((other) => other.endsWith(thing.slice(thing.indexOf('|'))));
        report(isOthers ? 'misdelivered' : 'phantom', `${connection} heard ${told.join(', ')} of ${thing}`);
        continue;
      }
      const misfit = misfitIn(told, truth);
      if (misfit) report(misfit.wrong, `${connection} heard ${misfit.word} of ${thing}; it was ${truth}`);
    }
  }
}

type Misfit = { wrong: 'lost' | 'phantom' | 'doubled' | 'reordered'; word: string };

/** Finds what was heard in what happened, or says what is wrong with it. */
function misfitIn(told: readonly string[], truth: readonly string[]): Misfit | undefined {
  const isPart = truth.some((_, start) => told.every((word, index) => truth[start + index] === word));
  if (isPart) return undefined;
  const made = told.find((word) => !truth.includes(word));
  if (made !== undefined) return { wrong: 'phantom', word: made };
  const count = (words: readonly string[], word: string) => words.filter((each) => each === word).length;
  const repeated = told.find((word) => count(told, word) > count(truth, word));
  if (repeated !== undefined) return { wrong: 'doubled', word: repeated };
  let place = 0;
  for (const word of told) {
    const found = truth.indexOf(word, place);
    if (found === -1) return { wrong: 'reordered', word };
    place = found + 1;
  }
  return { wrong: 'lost', word: `only ${told.join(', ')}` };
}

function checkOwner(
  connection: string,
  entries: readonly HeardEntry[],
  owners: ReadonlyMap<unknown, string>,
  report: Report,
): void {
  for (const { by, message } of entries) {
    const owner = owners.get(message.payload['booking_id']);
    if (owner !== by.id) report('misdelivered', `${connection} heard a position with a booking of ${owner}`);
  }
}

/** What happened to each thing, in the words of the default mode, by `reader|type|thing`. */
function sequences({ told }: Facts): Map<string, string[]> {
  const happened = new Map<string, string[]>();
  const add = (reader: string, thing: string, word: string) => {
    const key = `${reader}|${thing}`;
    const words = happened.get(key);
    if (words) words.push(word);
    else happened.set(key, [word]);
  };
  for (const { type, aggregateId, data } of told) {
    if (type === 'offer.created') {
      add(`driver ${data['driver_id']}`, `new_booking_request|${data['booking_id']}`, 'asked');
    } else if (type === 'driver.status_changed') {
      add('admin', `driver_status_update|${aggregateId}`, String(data['status']));
    } else if (type.startsWith('booking.')) {
      const user = `user ${data['user_id']}`;
      if (type === 'booking.created') add(user, `new_booking_request|${aggregateId}`, 'asked');
      if (type === 'booking.accepted') add(user, `booking_accepted|${aggregateId}`, String(data['driver_id']));
      for (const reader of [user, 'admin']) add(reader, `status_update|${aggregateId}`, String(data['status']));
    }
  }
  return happened;
}

function thingOf({ by, message: { type, payload } }: HeardEntry): string {
  return `${readerOf(by)}|${type}|${payload['booking_id'] ?? payload['driver_id']}`;
}

function wordOf({ message: { type, payload } }: HeardEntry): string {
  if (type === 'new_booking_request') return 'asked';
  return String(type === 'booking_accepted' ? payload['driver_id'] : payload['status']);
}
