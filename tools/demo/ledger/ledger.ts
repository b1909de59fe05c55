import {
  type BookingStatus,
  type DriverStatus,
  type Envelope,
  isAssigned,
  isTerminal,
  type LatLon,
} from '@logi/contracts';
import { readEnvelope } from '../../testing/people/read-envelope.ts';
import type { Person } from '../city/person.ts';
import { Counts } from './figures.ts';
import { findMisdelivery } from './rules.ts';

const MAX_REMEMBERED_POINTS = 100_000;
const MAX_EXAMPLES = 5;

/** What one person was told of one booking. */
export type Hearing = { person: Person; messages: number; requests: number; statuses: BookingStatus[] };

/** When a person's socket was away. */
type Gap = { from: number; to: number };

export type BookingRecord = {
  /** Short for people to read. */
  number: number;
  /** By whom of the demo; bookings of others pass by on the admin's screen, too. */
  booked?: { by: Person; isWatching: boolean; at: number };
  firstOfferAt?: number;
  acceptedAt?: number;
  /** When somebody asked for this status. */
  askedAt: Map<BookingStatus, number>;
  hearings: Map<Person, Hearing>;
  /** Whose positions were delivered as this booking's. */
  positionsFrom: Counts;
  /** When anybody first heard of its end. */
  endedAt?: number;
  lastPositionAt: number;
};

/** Everything the demo did and was told, and what was wrong with it. All times are of this process's one clock. */
export class Ledger {
  readonly bookings = new Map<string, BookingRecord>();
  #lateAnswers = 0;
  /** As the admin was last told. */
  readonly driverLabels = new Map<string, DriverStatus>();
  readonly points = { sent: 0, accepted: 0, rejected: 0 };
  readonly ackMs: number[] = [];
  readonly positionMs: number[] = [];
  #strangersPositions = 0;
  readonly statusMs: number[] = [];
  readonly messages = new Counts();
  readonly unexpectedAnswers = new Counts();
  readonly lostSockets = new Counts();
  readonly faults = new Counts();
  readonly examples: string[] = [];
  readonly #sentPoints = new Map<string, { driverId: string; at: number }>();
  readonly #gaps = new Map<Person, Gap[]>();

  /** Accepts and declines that came when the offer was closed. */
  get lateAnswers(): number {
    return this.#lateAnswers;
  }

  /** Positions that no driver of the demo has sent, so that nothing is known of them. */
  get strangersPositions(): number {
    return this.#strangersPositions;
  }

  answeredLate(): void {
    this.#lateAnswers += 1;
  }

  /** The record of a booking; its messages may be here before the answer that made it. */
  booking(bookingId: string): BookingRecord {
    const known = this.bookings.get(bookingId);
    if (known) return known;
    const made: BookingRecord = {
      number: this.bookings.size + 1,
      askedAt: new Map(),
      hearings: new Map(),
      positionsFrom: new Counts(),
      lastPositionAt: 0,
    };
    this.bookings.set(bookingId, made);
    return made;
  }

  sentPoint(driverId: string, { latitude, longitude }: LatLon): void {
    this.points.sent += 1;
    this.#sentPoints.set(`${latitude} ${longitude}`, { driverId, at: performance.now() });
    if (this.#sentPoints.size <= MAX_REMEMBERED_POINTS) return;
    for (const oldest of this.#sentPoints.keys()) {
      this.#sentPoints.delete(oldest);
      return;
    }
  }

  /** From here on, until the socket is open again, this person misses messages, which in the default mode is nobody's fault. */
  lostSocket(person: Person, what: string, from = performance.now()): void {
    this.lostSockets.add(what);
    const gaps = this.#gaps.get(person) ?? [];
    this.#gaps.set(person, gaps);
    if (gaps.at(-1)?.to !== Number.POSITIVE_INFINITY) gaps.push({ from, to: Number.POSITIVE_INFINITY });
  }

  openedSocket(person: Person): void {
    const gap = this.#gaps.get(person)?.at(-1);
    if (gap) gap.to = Math.min(gap.to, performance.now());
  }

  /** Whether this person's socket was open all that time. */
  couldHearAll(
    person: Person,
    { from, to = Number.POSITIVE_INFINITY }: { from: number; to?: number | undefined },
  ): boolean {
    return (this.#gaps.get(person) ?? []).every((gap) => gap.to < from || gap.from > to);
  }

  /** Takes in a frame of the default mode from the gateway and returns its message, unless it is none. */
  heardFrame(person: Person, text: string): Envelope | undefined {
    const message = readEnvelope(text);
    if (!message) this.fault('not of the specified form', `${person.role} ${person.id}: ${text.slice(0, 200)}`);
    else this.heard(person, message);
    return message;
  }

  heard(person: Person, message: Envelope): void {
    this.messages.add(`${person.role} ${message.type}`);
    const why = findMisdelivery(person, message);
    if (why) this.fault(why, `${person.role} ${person.id}: ${JSON.stringify(message)}`);
    if (message.type === 'driver_status_update') {
      this.driverLabels.set(message.payload.driver_id, message.payload.status);
      return;
    }
    const record = this.booking(message.payload.booking_id);
    const hearing = hearingOf(record, person);
    hearing.messages += 1;
    switch (message.type) {
      case 'new_booking_request':
        hearing.requests += 1;
        if (person.role === 'driver') record.firstOfferAt ??= performance.now();
        break;
      case 'driver_location':
        this.#heardPosition({ record, hearing, place: message.payload });
        break;
      case 'status_update':
        hearing.statuses.push(message.payload.status);
        if (isTerminal(message.payload.status)) record.endedAt ??= performance.now();
        if (person.role === 'user') this.#heardStatus(record, message.payload.status);
        break;
      case 'booking_accepted':
        break;
      default:
        message satisfies never;
    }
  }

  fault(what: string, example: string, times = 1): void {
    this.faults.add(what, times);
    this.example(`${what}: ${example}`);
  }

  /** Enough to look into the first few. */
  example(text: string): void {
    if (this.examples.length < MAX_EXAMPLES) this.examples.push(text);
  }

  #heardStatus(record: BookingRecord, status: BookingStatus): void {
    const askedAt = record.askedAt.get(status);
    if (askedAt === undefined) return;
    this.statusMs.push(performance.now() - askedAt);
    record.askedAt.delete(status);
  }

  /** A position is known by its coordinates, which are all that the specified message tells. */
  #heardPosition({ record, hearing, place }: { record: BookingRecord; hearing: Hearing; place: LatLon }): void {
    const sent = this.#sentPoints.get(`${place.latitude} ${place.longitude}`);
    const last = hearing.statuses.at(-1);
    const example = `booking #${record.number}, last told ${last ?? 'nothing'}`;
    if (this.couldHearAll(hearing.person, lifeOf(record)) && !(last && isAssigned(last))) {
      this.fault('position before acceptance or after the end', example);
    }
    if (!sent) {
      this.#strangersPositions += 1;
      return;
    }
    this.positionMs.push(performance.now() - sent.at);
    record.positionsFrom.add(sent.driverId);
    if (sent.at < record.lastPositionAt) this.fault('position older than the one before it', example);
    record.lastPositionAt = sent.at;
  }
}

function hearingOf(record: BookingRecord, person: Person): Hearing {
  const known = record.hearings.get(person);
  if (known) return known;
  const begun: Hearing = { person, messages: 0, requests: 0, statuses: [] };
  record.hearings.set(person, begun);
  return begun;
}

/** From the booking's beginning to its end, as far as that was heard. */
export function lifeOf({ booked, endedAt }: BookingRecord): { from: number; to: number | undefined } {
  return { from: booked?.at ?? 0, to: endedAt };
}
