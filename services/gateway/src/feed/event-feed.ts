import { EVENTS, type Event, isBelievableVersion, parseEvent, STREAM_PROBE } from '@logi/contracts';
import type { StreamMessage, StreamPlace } from '@logi/messaging';
import type { Logger } from 'pino';
import { fingerprint } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import { notificationsOf, TOLD_TO_NOBODY } from '../journal/notifications.ts';
import type { Metrics } from '../metrics.ts';
import type { Announcements } from '../sockets/announcements.ts';
import type { Hub } from '../sockets/hub.ts';
import { isUsualBookingEvent } from './booking-event.ts';
import type { PositionFeed } from './position-feed.ts';
import { RecentMap } from './recent-map.ts';

/** Things whose newest version is remembered: far more than change within the time in which the relay may repeat. */
const MAX_REMEMBERED = 100_000;
/**
 * A relay that was cut off publishes its last batch again, seconds later. Whoever starts reads so much further back
 * than anybody may resume from, and so knows which of the first messages in the window are repetitions.
 */
const REPETITION_MS = 60_000;

/**
 * A stream that begins a new segment writes a note of its own first, which takes an offset and is delivered to nobody.
 * Messages go missing by whole segments only, thousands at a time, when the reader was away for longer than they are
 * kept.
 */
const MAX_BROKER_ENTRIES = 16;

/** A message that was read. */
type Read = { readonly offset: number; readonly check: number };

type Reading =
  | { is: 'warming'; last: Read | undefined; readonly windowFrom: number }
  | { is: 'current'; last: Read }
  | { is: 'rereading'; last: Read | undefined };
type State = { is: 'new' } | Reading | { is: 'resuming'; readonly last: Read; readonly before: Reading };

export type EventFeedOptions = {
  hub: Hub;
  journal: Journal;
  positions: PositionFeed;
  announcements: Announcements;
  metrics: Metrics;
  windowMs: number;
  log: Logger;
  /** Keeps a message that is no event of ours where an operator finds it. */
  onMalformed: (message: StreamMessage, reason: string) => void;
  /** A gateway's own sign of life came through the stream. */
  onProbe: (message: StreamMessage) => void;
};

/**
 * From the stream to the sockets, each event once and in order.
 *
 *   new       --(attach)-----------------------------> warming    reads the window, and a bit more
 *   warming, rereading --(our own probe comes back)--> current    has read all there was when it attached
 *   any that has read something --(attach)-----------> resuming   begins with the message it has read last
 *   resuming  --(that very message comes first)------> as before
 *   resuming  --(another one does)-------------------> as before  the journal is emptied, clients are told
 *   any       --(distrust)---------------------------> rereading  the same; the next attach reads the window again
 *
 * The obvious way reads what comes from now on. But a gateway that starts would have nothing for those who come back,
 * and one that was cut off would not know what it missed. So the window is read first, and after a break the message
 * that was read last is asked for once more: if it comes, nothing is missing; if not, this is not the stream that it
 * was. A relay repeats its last batch after a break, so versions are known from a minute before the window:
 *
 *   ├── REPETITION_MS ──┼──────────── windowMs ────────────┼─── attached
 *   │ only for versions │ kept; clients may resume         │ delivered
 *
 * What is reread is no news, since versions are known, and so makes no notes: nobody may resume from among it.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #versions = new RecentMap<string, number>(MAX_REMEMBERED);
  #state: State = { is: 'new' };

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Where to read from, now that there is a connection. */
  attach(): StreamPlace {
    const state = this.#state;
    if (state.is === 'resuming') return state.last.offset;
    if (state.is !== 'new' && state.last) {
      this.#state = { is: 'resuming', last: state.last, before: state };
      return state.last.offset;
    }
    const windowFrom = Date.now() - this.#options.windowMs;
    if (state.is !== 'rereading') this.#state = { is: 'warming', last: undefined, windowFrom };
    return { since: new Date(windowFrom - REPETITION_MS) };
  }

  /** Everything that was in the stream when we attached has been read. */
  markCurrent(): void {
    const state = this.#state;
    if (state.is !== 'new' && state.is !== 'resuming' && state.last) this.#state = { is: 'current', last: state.last };
  }

  /** False until the window has been read for the first time: nobody could resume yet. */
  get isCurrent(): boolean {
    return this.#state.is === 'resuming' ? this.#state.before.is === 'current' : this.#state.is === 'current';
  }

  /** Reads the window anew at the next attach: the stream does not bring what was put into it. */
  distrust(): void {
    this.#startAnew();
    this.#state = { is: 'rereading', last: undefined };
  }

  /** The offset read last: that it grows shows that something comes through. */
  get lastOffset(): number {
    return this.#state.is === 'new' ? -1 : (this.#state.last?.offset ?? -1);
  }

  receive(message: StreamMessage): void {
    const { offset } = message;
    const check = fingerprint(nameOf(message));
    const state = this.#state;
    if (state.is === 'new') return;
    const { last } = state;
    const reading = state.is === 'resuming' ? state.before : state;
    this.#state = reading;
    if (state.is === 'resuming') {
      if (offset === state.last.offset && check === state.last.check) return;
      this.#startAnew();
    } else if (last) {
      const skipped = offset - last.offset - 1;
      if (skipped < 0) return;
      if (skipped > MAX_BROKER_ENTRIES) this.#startAnew();
      else this.#skip(last.offset + 1, skipped);
    }
    const read = { offset, check };
    reading.last = read;
    this.#read(message, read, reading);
  }

  /** The journal has no gaps: what the broker wrote for itself is in it as messages that nobody can name. */
  #skip(first: number, count: number): void {
    const entry = { check: -1, bytes: 0, publishedAt: Date.now(), isResumable: true };
    for (let i = 0; i < count; i += 1) this.#options.journal.open(first + i, entry);
  }

  #read(message: StreamMessage, { offset, check }: Read, reading: Reading): void {
    const { journal, onProbe, onMalformed } = this.#options;
    const { publishedAt = Date.now() } = message;
    const isProbe = message.routingKey === STREAM_PROBE;
    // A probe brings nothing that could be missing from the journal.
    const isResumable = isProbe || this.#mayResumeAt(reading, offset, publishedAt);
    journal.open(offset, { check, bytes: message.body.length, publishedAt, isResumable });
    if (isProbe) {
      onProbe(message);
      return;
    }
    if (TOLD_TO_NOBODY.has(message.routingKey)) return;
    const event = readEvent(message);
    const verdict = typeof event === 'string' ? { refused: event } : this.#judge(event);
    if (typeof event !== 'string' && verdict === 'news') this.#deliver(event);
    // While warming, it was put aside when it came.
    else if (typeof verdict === 'object' && reading.is === 'current') onMalformed(message, verdict.refused);
  }

  /** A version that is far ahead is not believed: it would make all that follows it old news. */
  #judge(event: Event): 'news' | 'known' | { refused: string } {
    const { type, aggregate_id, version } = event;
    const key = `${EVENTS[type].aggregate} ${aggregate_id}`;
    const seen = this.#versions.get(key);
    if (!isBelievableVersion(version, seen)) {
      return { refused: `version ${version} is too far ahead of ${seen ?? 'none'}` };
    }
    if (seen !== undefined && seen >= version) return 'known';
    this.#versions.set(key, version);
    return 'news';
  }

  #mayResumeAt(reading: Reading, offset: number, publishedAt: number): boolean {
    if (reading.is !== 'warming') return reading.is === 'current';
    // The whole stream, from its first message on, holds no repetition of something before it.
    return publishedAt >= reading.windowFrom || this.#options.journal.reachesStartOf(offset);
  }

  #deliver(event: Event): void {
    const { hub, positions, metrics } = this.#options;
    positions.follow(event);
    hub.deliver(notificationsOf(event), event.occurred_at);
    positions.release(event);
    if (this.#state.is === 'current') metrics.eventAge.observe((Date.now() - Date.parse(event.occurred_at)) / 1000);
  }

  /** Versions stay: they keep what comes again from being news. */
  #startAnew(): void {
    const { journal, announcements, log } = this.#options;
    log.error({ last: this.lastOffset }, 'the stream does not go on where it was read last; clients are told');
    journal.clear();
    announcements.tellOfGap();
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
