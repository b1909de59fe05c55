import { MessageQueue } from './message-queue.ts';

export type Listener<Message> = (message: Message) => void;

const ALL_TYPES = '*';

/** Everybody in this program who reads what a connection brings: listeners by type, and loops. */
export class Readers<Message extends { type: string }> {
  readonly #options: { maxWaiting: number; onDropped: () => void };
  readonly #listeners = new Map<string, Set<Listener<Message>>>();
  readonly #queues = new Set<MessageQueue<Message>>();
  #isEnded = false;

  constructor(options: { maxWaiting: number; onDropped: () => void }) {
    this.#options = options;
  }

  listen(type: string, listener: Listener<Message>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Each loop has a queue of its own. */
  iterate(): AsyncIterator<Message> {
    const queue = new MessageQueue<Message>({ ...this.#options, onReturn: () => this.#queues.delete(queue) });
    if (this.#isEnded) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  tell(message: Message): void {
    for (const type of [message.type, ALL_TYPES]) {
      for (const listener of this.#listeners.get(type) ?? []) listener(message);
    }
    for (const queue of this.#queues) queue.push(message);
  }

  /** Loops read what waits, and end. */
  end(): void {
    this.#isEnded = true;
    for (const queue of this.#queues) queue.end();
    this.#queues.clear();
  }
}
