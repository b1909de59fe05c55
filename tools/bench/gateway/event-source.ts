import { randomUUID } from 'node:crypto';
import { EVENTS, EXCHANGES, type LivePosition, POSITIONS_RECORDED } from '@logi/contracts';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { bookingChange, NOBODY_BLOCKED, wireEvent } from '../../testing/events.ts';

export const PUBLISHED = 'booking.in_transit';

/** Booking's part: status changes, each of a booking of its own, so that each is one message to one user. And tracking's. */
export class EventSource {
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;
  #unconfirmed = 0;

  private constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  static async open(amqpUrl: string): Promise<EventSource> {
    const connection = await connect(amqpUrl, { noDelay: true });
    const channel = await connection.createConfirmChannel();
    const { exchange, routingKey, body } = NOBODY_BLOCKED;
    await channel.assertExchange(exchange, 'topic', { durable: true }); // an older commit that is compared has none
    channel.publish(exchange, routingKey, Buffer.from(body), { persistent: true });
    return new EventSource(connection, channel);
  }

  /** Returns the booking's id, by which the message is recognised. */
  publish(userId: string, bookingId: string = randomUUID()): string {
    const data = bookingChange({ booking_id: bookingId, user_id: userId });
    const event = wireEvent({ type: PUBLISHED, aggregateId: bookingId, version: 1, data });
    const timestamp = Math.floor(Date.now() / 1000);
    const properties = { persistent: true, messageId: event.event_id, timestamp };
    this.#unconfirmed += 1;
    this.#channel.publish(EVENTS[PUBLISHED].exchange, PUBLISHED, Buffer.from(JSON.stringify(event)), properties, () => {
      this.#unconfirmed -= 1;
    });
    return bookingId;
  }

  /** Events that the broker does not have yet. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Tracking's part: what one of its flushes tells. */
  publishPositions(positions: readonly LivePosition[]): void {
    this.#channel.publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, Buffer.from(JSON.stringify({ positions })));
  }

  async settled(): Promise<void> {
    await this.#channel.waitForConfirms();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

const MICROS_DIGITS = 12;

/**
 * Ids of bookings are opaque to servers, so a benchmark's may tell when they were made, by the clock that all processes of a
 * machine share: clients in other processes know from it how old a message is.
 */
export function timedId(n: number): string {
  return `${hex(n, 8)}-0000-4000-8000-${hex(microsNow(), MICROS_DIGITS)}`;
}

export function ageMs(timedId: string): number {
  return Number(microsNow() - BigInt(`0x${timedId.slice(-MICROS_DIGITS)}`)) / 1_000;
}

function microsNow(): bigint {
  return process.hrtime.bigint() / 1_000n;
}

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
