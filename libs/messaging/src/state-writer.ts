import { randomUUID } from 'node:crypto';
import { STATE_CHANGED, STATE_SNAPSHOT } from '@logi/contracts';
import type { OutgoingMessage, Publisher } from './publisher.ts';

/** Entries in one message: far below what the broker takes, and little to parse at a time. */
const ENTRIES_PER_PART = 500;

/** The owner's side of a state stream; state-reader.ts tells its story. */
export class StateWriter {
  readonly #publisher: Publisher;
  readonly #exchange: string;

  constructor({ publisher, exchange }: { publisher: Publisher; exchange: string }) {
    this.#publisher = publisher;
    this.#exchange = exchange;
  }

  /** False when the broker has not taken it: the next snapshot will say it. */
  async change(entries: readonly object[]): Promise<boolean> {
    const messages = portions(entries).map((portion) => this.#message(STATE_CHANGED, { entries: portion }));
    return this.#publish(messages);
  }

  /** All there is; also when that is nothing. */
  async snapshot(entries: readonly object[]): Promise<boolean> {
    const parts = entries.length === 0 ? [[]] : portions(entries);
    const snapshot = { snapshot_id: randomUUID(), parts: parts.length };
    return this.#publish(
      parts.map((portion, part) => this.#message(STATE_SNAPSHOT, { ...snapshot, part, entries: portion })),
    );
  }

  #message(type: string, body: object): OutgoingMessage {
    const json = Buffer.from(JSON.stringify(body));
    return { exchange: this.#exchange, routingKey: type, type, body: json, messageId: randomUUID() };
  }

  async #publish(messages: OutgoingMessage[]): Promise<boolean> {
    const failures = await this.#publisher.publish(messages);
    return failures.every((failure) => failure === undefined);
  }
}

function portions(entries: readonly object[]): (readonly object[])[] {
  const count = Math.ceil(entries.length / ENTRIES_PER_PART);
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * ENTRIES_PER_PART, (index + 1) * ENTRIES_PER_PART),
  );
}
