import { type BookingStatus, isAssigned } from '@logi/contracts';
import { checkPlainConnections } from './check-plain.ts';
import { type ExpectedMessage, type ExpectedMessages, expectedMessages, readerOf } from './expected-messages.ts';
import type { Facts } from './facts.ts';
import type { Report } from './finding.ts';
import type { Entry, HeardEntry } from './history.ts';

/** Whoever was to hear so many messages was connected for some of them, also in the default mode. */
const DEAF_AFTER = 50;

/** What sockets heard against what was committed. Returns how many messages of events the logi.v2 clients took in. */
export function checkDeliveries(entries: readonly Entry[], facts: Facts, report: Report): number {
  const expected = expectedMessages(facts);
  const heard = entries.filter((entry) => entry.kind === 'heard');
  for (const entry of heard) checkAddressee(entry, report);
  for (const entry of entries) {
    if (entry.kind === 'gap') report('lost', `${entry.socket}: the gateway could not tell what was missed`);
  }
  const sockets = entries.filter((entry) => entry.kind === 'socket' || entry.kind === 'heard');
  const heardBy = Map.groupBy(heard, ({ socket }) => socket);
  const others = namesOf(expected);
  const known = { owners: ownersIn(facts), sent: sentPoints(entries, facts), report };
  let delivered = 0;
  for (const { by, socket, mode } of new Map(sockets.map((entry) => [entry.socket, entry])).values()) {
    const messages = heardBy.get(socket) ?? [];
    const own = expected.get(readerOf(by)) ?? [];
    if (mode === 'default') {
      if (messages.length === 0 && own.length > DEAF_AFTER) report('lost', `${socket} never heard anything`);
      continue;
    }
    const events = messages.filter(({ message }) => message.type !== 'driver_location');
    delivered += events.length;
    checkSocket(socket, { messages: events, expected: own, others, report });
    checkPositions(socket, messages, known);
  }
  checkPlainConnections(
    heard.filter(({ mode }) => mode === 'default'),
    facts,
    report,
  );
  return delivered;
}

function checkAddressee({ by, socket, message }: HeardEntry, report: Report): void {
  if (message.user_id !== (by.role === 'admin' ? '' : by.id))
    report('misdelivered', `${socket} heard ${message.type} for ${message.user_id}`);
}

/** A logi.v2 client hears each message that it is to hear, once, and those of one thing in order. */
function checkSocket(
  socket: string,
  {
    messages,
    expected,
    others,
    report,
  }: { messages: HeardEntry[]; expected: ExpectedMessage[]; others: Set<string>; report: Report },
): void {
  const places = new Map(expected.map(({ name, thing, says }, place) => [name, { thing, place, says }]));
  const heard = new Set<string>();
  const last = new Map<string, number>();
  for (const entry of messages) {
    const name = nameOf(entry);
    const known = places.get(name);
    if (!known) {
      report(others.has(name) ? 'misdelivered' : 'phantom', `${socket} heard ${name}`);
      continue;
    }
    if (heard.has(name)) {
      report('doubled', `${socket} heard ${name} again`);
      continue;
    }
    heard.add(name);
    const { thing, place, says } = known;
    const { payload } = entry.message;
    for (const [key, value] of Object.entries(says)) {
      if (payload[key] !== value)
        report('phantom', `${socket} heard ${name} with ${key} ${payload[key]}, not ${value}`);
    }
    if (place < (last.get(thing) ?? -1)) report('reordered', `${socket} heard ${name} after what came later`);
    last.set(thing, place);
  }
  for (const { name } of expected) if (!heard.has(name)) report('lost', `${socket} never heard ${name}`);
}

/** As in expected-messages.ts. */
function nameOf({ by, message: { type, payload } }: HeardEntry): string {
  switch (type) {
    case 'new_booking_request':
      return `${type} ${by.role === 'driver' ? payload['offer_id'] : payload['booking_id']}`;
    case 'booking_offer_closed':
      return `${type} ${payload['offer_id']} ${payload['outcome']}`;
    case 'driver_signal':
      return `${type} ${payload['booking_id']} ${payload['signal']} ${payload['heard_at']}`;
    case 'driver_status_update':
      return `${type} ${payload['driver_id']} ${payload['version']}`;
    default:
      return `${type} ${payload['booking_id']} ${payload['version']}`;
  }
}

type KnownOfPositions = { owners: ReadonlyMap<string, string>; sent: ReadonlySet<string>; report: Report };

/**
 * Positions may be left out, but not be somebody else's, made up, older than the one before, or come when the driver has
 * left the booking: on one socket, nothing comes after the event that says so.
 */
function checkPositions(socket: string, messages: readonly HeardEntry[], known: KnownOfPositions): void {
  const { owners, sent, report } = known;
  const withDriver = new Set<unknown>();
  const newest = new Map<string, string>();
  for (const { by, message } of messages) {
    const { booking_id, driver_id, recorded_at, status } = message.payload;
    if (message.type === 'status_update') {
      if (isAssigned(status as BookingStatus)) withDriver.add(booking_id);
      else withDriver.delete(booking_id);
    }
    if (message.type !== 'driver_location') continue;
    const what = `${socket} heard where ${driver_id} is, with booking ${booking_id}`;
    if (owners.get(String(booking_id)) !== by.id || !withDriver.has(booking_id)) report('misdelivered', what);
    if (!sent.has(`${driver_id} ${recorded_at}`)) report('phantom', `${what}, at ${recorded_at}`);
    const at = String(recorded_at);
    const key = `${booking_id} ${driver_id}`;
    if (at < (newest.get(key) ?? '')) report('reordered', `${what}, at ${at} after ${newest.get(key)}`);
    newest.set(key, at);
  }
}

function namesOf(expected: ExpectedMessages): Set<string> {
  return new Set([...expected.values()].flatMap((messages) => messages.map(({ name }) => name)));
}

function ownersIn({ bookings }: Facts): Map<string, string> {
  return new Map(bookings.map(({ bookingId, userId }) => [bookingId, userId]));
}

function sentPoints(entries: readonly Entry[], { dutyFixes }: Facts): ReadonlySet<string> {
  const points = [...entries.filter((entry) => entry.kind === 'point'), ...dutyFixes];
  return new Set(points.map(({ driverId, recordedAt }) => `${driverId} ${recordedAt}`));
}
