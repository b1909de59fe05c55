import { checkPlainConnections } from './check-plain.ts';
import type { Report } from './checker.ts';
import type { Facts } from './facts.ts';
import type { Entry, HeardEntry } from './history.ts';
import { type Owed, type Owing, readerOf, whatIsOwed } from './owed.ts';

/** What sockets heard against what was committed. Returns how many messages of events the logi.v2 clients took in. */
export function checkDeliveries(entries: readonly Entry[], facts: Facts, report: Report): number {
  const owing = whatIsOwed(facts);
  const heard = entries.filter((entry) => entry.kind === 'heard');
  for (const entry of heard) checkAddressee(entry, report);
  for (const entry of entries) {
    if (entry.kind === 'gap') report('lost', `${entry.socket}: the gateway could not tell what was missed`);
  }
  const detailed = heard.filter(({ mode }) => mode === 'logi.v2');
  const events = detailed.filter(({ message }) => message.type !== 'driver_location');
  const positions = detailed.filter(({ message }) => message.type === 'driver_location');
  const others = namesOf(owing);
  for (const [socket, messages] of Map.groupBy(events, ({ socket }) => socket)) {
    const [first] = messages;
    if (first) checkSocket(socket, { messages, owed: owing.get(readerOf(first.by)) ?? [], others, report });
  }
  checkPositions(positions, { entries, facts, report });
  checkPlainConnections(
    heard.filter(({ mode }) => mode === 'default'),
    facts,
    report,
  );
  return events.length;
}

function checkAddressee({ by, socket, message }: HeardEntry, report: Report): void {
  if (message.user_id !== (by.role === 'admin' ? '' : by.id))
    report('misdelivered', `${socket} heard ${message.type} for ${message.user_id}`);
}

/** A logi.v2 client hears each message that is owed to it, once, and those of one thing in order. */
function checkSocket(
  socket: string,
  { messages, owed, others, report }: { messages: HeardEntry[]; owed: Owed[]; others: Set<string>; report: Report },
): void {
  const places = new Map(owed.map(({ name, thing }, place) => [name, { thing, place }]));
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
    const { thing, place } = known;
    if (place < (last.get(thing) ?? -1)) report('reordered', `${socket} heard ${name} after what came later`);
    last.set(thing, place);
  }
  for (const { name } of owed) if (!heard.has(name)) report('lost', `${socket} never heard ${name}`);
}

/** As in owed.ts. */
function nameOf({ by, message: { type, payload } }: HeardEntry): string {
  switch (type) {
    case 'new_booking_request':
      return `${type} ${by.role === 'driver' ? payload['offer_id'] : payload['booking_id']}`;
    case 'booking_offer_closed':
      return `${type} ${payload['offer_id']}`;
    case 'driver_status_update':
      return `${type} ${payload['driver_id']} ${payload['version']}`;
    default:
      return `${type} ${payload['booking_id']} ${payload['version']}`;
  }
}

/** Positions may be left out, but not be somebody else's, made up, or older than the one before. */
function checkPositions(
  positions: readonly HeardEntry[],
  { entries, facts, report }: { entries: readonly Entry[]; facts: Facts; report: Report },
): void {
  const owners = new Map(facts.bookings.map(({ bookingId, userId }) => [bookingId, userId]));
  const jobs = new Set(facts.changes.map(({ bookingId, driverId }) => `${bookingId} ${driverId}`));
  const drivers = new Set(entries.flatMap((entry) => (entry.kind === 'points' ? [entry.driverId] : [])));
  const newest = new Map<string, string>();
  for (const { by, socket, message } of positions) {
    const { booking_id, driver_id, recorded_at } = message.payload;
    const job = `${booking_id} ${driver_id}`;
    if (owners.get(String(booking_id)) !== by.id || !jobs.has(job))
      report('misdelivered', `${socket} heard where ${driver_id} is, with booking ${booking_id}`);
    if (!drivers.has(String(driver_id))) report('phantom', `${socket} heard a position of ${driver_id}`);
    const at = String(recorded_at);
    const key = `${socket} ${job}`;
    if (at < (newest.get(key) ?? '')) report('reordered', `${socket} heard a position of ${driver_id} from ${at} late`);
    newest.set(key, at);
  }
}

function namesOf(owing: Owing): Set<string> {
  return new Set([...owing.values()].flatMap((owed) => owed.map(({ name }) => name)));
}
