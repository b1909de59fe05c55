import {
  type BookingStatus,
  EVENTS,
  type Event,
  isAssigned,
  parseEvent,
  parseJson,
  positionsRecorded,
  STREAM_PROBE,
} from '@logi/contracts';
import type { StreamMessage, StreamPlace } from '@logi/messaging';
import type { Logger } from 'pino';
import { fingerprint } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import { notificationsOf } from '../journal/notifications.ts';
import type { Hub } from '../sockets/hub.ts';
import { isUsualBookingEvent } from './booking-event.ts';
import { RecentMap } from './recent-map.ts';

/** Things whose newest version is remembered: far more than change within the time in which the relay may repeat. */
const MAX_REMEMBERED = 100_000;
/**
 * A relay that was cut off publishes its last batch again, seconds later. Whoever starts reads so much further back than
 * anybody may resume from, and so knows which of the first messages in the window are repetitions.
 */
const REPETITION_MS = 60_000;

/**
 * A stream that begins a new segment writes a note of its own first, which takes an offset and is delivered to nobody.
 * Messages go missing by whole segments only, thousands at a time, when the reader was away for longer than they are kept.
 */
const MAX_BROKER_ENTRIES = 16;

export type EventFeedOptions = {
  hub: Hub;
  journal: Journal;
  windowMs: number;
  log: Logger;
  /** Told of each event that was delivered, with its age in seconds. */
  onDelivered: (ageSeconds: number) => void;
  /** Keeps a message that is no event of ours where an operator finds it. */
  onMalformed: (message: StreamMessage, reason: string) => void;
  /** A gateway's own sign of life came through the stream. */
  onProbe: (message: StreamMessage) => void;
  /** The stream is not the one that was read before, or has moved on too far: what came between is lost. */
  onGap: () => void;
};

/** What is remembered of a booking, for its positions. */
type Seen = { status: BookingStatus; driverId: string | null };

/**
 * From the broker's two feeds to the sockets.
 *
 *   new      --(attach)--------------------------------> warming   reads the window again, and a bit more
 *   warming  --(our own probe comes back: markCurrent)-> current   has read all there was when it attached
 *   current  --(attach again)--------------------------> resuming  begins with the message it has read last
 *   resuming --(that very message comes first)---------> current
 *   resuming --(another one does: onGap)---------------> current   clients are told that something is missing
 *   any      --(distrust)------------------------------> new       also tells them; none resumes from before `current`
 *
 * The stream brings each thing's events in order, some of them twice when a relay was cut off: the version tells, so a
 * status never goes back. Positions pass only while their booking has that driver, as far as this gateway has seen it.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #versions = new RecentMap<string, number>(MAX_REMEMBERED);
  readonly #seen = new RecentMap<string, Seen>(MAX_REMEMBERED);
  #last: { offset: number; check: number } | undefined;
  #isResuming = false;
  #isCurrent = false;
  #resumableFrom = 0;
  /** What is read again is no news and brings the journal no notes, so nobody may resume from among it. */
  #isRereading = false;

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Where to read from, now that there is a connection. */
  attach(): StreamPlace {
    if (this.#last) {
      this.#isResuming = true;
      return this.#last.offset;
    }
    const since = Date.now() - this.#options.windowMs - REPETITION_MS;
    this.#resumableFrom = since + REPETITION_MS;
    this.#isCurrent = false;
    return { since: new Date(since) };
  }

  /** Everything that was in the stream when we attached has been read. */
  markCurrent(): void {
    this.#isCurrent = true;
    this.#isRereading = false;
  }

  /** False until the window has been read for the first time: nobody could resume yet. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Reads the window anew at the next attach: the stream does not bring what was put into it. */
  distrust(): void {
    this.#startAnew();
    this.#last = undefined;
    this.#isCurrent = false;
    this.#isRereading = true;
  }

  /** The offset read last: that it grows shows that something comes through. */
  get lastOffset(): number {
    return this.#last?.offset ?? -1;
  }

  takeEvent(message: StreamMessage): void {
    const check = fingerprint(nameOf(message));
    if (this.#isResuming) {
      this.#isResuming = false;
      if (message.offset === this.#last?.offset && check === this.#last.check) return;
      this.#startAnew();
    } else if (this.#last) {
      const skipped = message.offset - this.#last.offset - 1;
      if (skipped < 0) return;
      if (skipped > MAX_BROKER_ENTRIES) this.#startAnew();
      else this.#skip(this.#last.offset + 1, skipped);
    }
    this.#last = { offset: message.offset, check };
    this.#read(message, check);
  }

  takePositions(body: Buffer): void {
    const { hub, log } = this.#options;
    const parsed = positionsRecorded.safeParse(parseJson(body.toString('utf8')));
    if (!parsed.success) {
      log.warn({ bytes: body.length }, 'malformed positions dropped');
      return;
    }
    for (const position of parsed.data.positions) {
      const seen = this.#seen.get(position.booking_id);
      // Tracking may not know yet that the booking has ended, or that another driver has it now.
      if (seen === undefined || (isAssigned(seen.status) && seen.driverId === position.driver_id)) {
        hub.sendPosition(position);
      }
    }
  }

  /** The journal has no gaps: what the broker wrote for itself is in it as messages that nobody can name. */
  #skip(first: number, count: number): void {
    const entry = { check: -1, bytes: 0, publishedAt: Date.now(), isResumable: true };
    for (let i = 0; i < count; i += 1) this.#options.journal.open(first + i, entry);
  }

  #read(message: StreamMessage, check: number): void {
    const { journal, onProbe, onMalformed } = this.#options;
    const { offset, publishedAt = Date.now() } = message;
    const isProbe = message.routingKey === STREAM_PROBE;
    // The whole stream, from its first message on, holds no repetition of something before it.
    const isInWindow = publishedAt >= this.#resumableFrom || journal.reachesStartOf(offset);
    // A probe brings nothing that could be missing from the journal.
    const isResumable = this.#isCurrent || isProbe || (isInWindow && !this.#isRereading);
    journal.open(offset, { check, bytes: message.body.length, publishedAt, isResumable });
    if (isProbe) {
      onProbe(message);
      return;
    }
    const event = readEvent(message);
    if (typeof event !== 'string') {
      if (this.#isNews(event)) this.#deliver(event);
    } else if (this.#isCurrent) onMalformed(message, event); // while warming, it was put aside when it came
  }

  #isNews(event: Event): boolean {
    const key = `${EVENTS[event.type].aggregate} ${event.aggregate_id}`;
    if ((this.#versions.get(key) ?? 0) >= event.version) return false;
    this.#versions.set(key, event.version);
    return true;
  }

  #deliver(event: Event): void {
    const { hub, onDelivered } = this.#options;
    this.#remember(event);
    hub.deliver(notificationsOf(event), event.occurred_at);
    if (this.#isCurrent) onDelivered((Date.now() - Date.parse(event.occurred_at)) / 1000);
  }

  #remember({ data }: Event): void {
    if (!('status' in data && 'user_id' in data)) return;
    const { booking_id, user_id, status, driver_id } = data;
    this.#seen.set(booking_id, { status, driverId: driver_id });
    if (!isAssigned(status)) this.#options.hub.dropPosition(booking_id, user_id);
  }

  /** Versions stay: they keep what comes again from being news. */
  #startAnew(): void {
    const { journal, log, onGap } = this.#options;
    log.error({ last: this.#last?.offset }, 'the stream does not go on where it was read last; clients are told');
    journal.clear();
    onGap();
  }
}

/** What tells a message from every other: its id, or, where somebody published without one, its beginning. */
function nameOf({ messageId, body }: StreamMessage): string {
  return messageId ?? body.toString('latin1', 0, 256);
}

/** The event in a message, or the reason why there is none. */
function readEvent({ body, routingKey }: StreamMessage): Event | string {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const event = isUsualBookingEvent(value) ? value : parseEvent(value);
    return event.type === routingKey ? event : `the routing key ${routingKey} is not the event's type ${event.type}`;
  } catch (err) {
    return err instanceof Error ? err.message : String(err);
  }
}
