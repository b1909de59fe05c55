import { randomUUID } from 'node:crypto';
import { EVENTS } from '@logi/contracts';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { bookingChange, NOBODY_BLOCKED, wireEvent } from '../../testing/events.ts';

/** Booking's part: status changes, each of a booking of its own, so that each is one message to one user. */
export class EventSource {
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;

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
  publish(userId: string): string {
    const type = 'booking.in_transit';
    const bookingId = randomUUID();
    const data = bookingChange({ booking_id: bookingId, user_id: userId });
    const event = wireEvent({ type, aggregateId: bookingId, version: 1, data });
    this.#channel.publish(EVENTS[type].exchange, type, Buffer.from(JSON.stringify(event)), {
      persistent: true,
      messageId: event.event_id,
      timestamp: Math.floor(Date.now() / 1000),
    });
    return bookingId;
  }

  async settled(): Promise<void> {
    await this.#channel.waitForConfirms();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
