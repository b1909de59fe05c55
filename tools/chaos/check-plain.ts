import type { Report } from './checker.ts';
import type { Facts } from './facts.ts';
import type { HeardEntry } from './history.ts';
import { readerOf } from './owed.ts';

/**
 * The default mode is at most once and has no versions: what was missed while away is missed. What a connection did hear
 * must be, for each booking or driver, a part of what happened, in that order.
 */
export function checkPlainConnections(heard: readonly HeardEntry[], facts: Facts, report: Report): void {
  const happened = sequences(facts);
  for (const [connection, messages] of Map.groupBy(heard, ({ socket, connection }) => `${socket}, ${connection}`)) {
    const things = Map.groupBy(messages, (entry) => thingOf(entry));
    for (const [thing, entries] of things) {
      if (entries[0]?.message.type === 'driver_location') {
        checkOwner(connection, entries, facts, report);
        continue;
      }
      const told = entries.map(wordOf);
      const truth = happened.get(thing);
      if (truth === undefined) {
        const isOthers = [...happened.keys()].some((other) => other.endsWith(thing.slice(thing.indexOf('|'))));
        report(isOthers ? 'misdelivered' : 'phantom', `${connection} heard ${told.join(', ')} of ${thing}`);
        continue;
      }
      judge(told, truth, (wrong, word) => report(wrong, `${connection} heard ${word} of ${thing}; it was ${truth}`));
    }
  }
}

/** Takes what was heard off what happened, in order. */
function judge(
  told: readonly string[],
  truth: readonly string[],
  report: (wrong: 'phantom' | 'doubled' | 'reordered', word: string) => void,
): void {
  let place = 0;
  const count = (words: readonly string[], word: string) => words.filter((each) => each === word).length;
  for (const [index, word] of told.entries()) {
    const found = truth.indexOf(word, place);
    if (found >= 0) {
      place = found + 1;
      continue;
    }
    const times = count(told.slice(0, index + 1), word);
    if (!truth.includes(word)) report('phantom', word);
    else report(times > count(truth, word) ? 'doubled' : 'reordered', word);
  }
}

function checkOwner(connection: string, entries: readonly HeardEntry[], { bookings }: Facts, report: Report): void {
  for (const { by, message } of entries) {
    const owner = bookings.find(({ bookingId }) => bookingId === message.payload['booking_id'])?.userId;
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
