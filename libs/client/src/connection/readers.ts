import { safely } from './here.ts';
import { MessageQueue, type MessageQueueOptions } from './message-queue.ts';

export type Listener<Message> = (message: Message) => void;

const ALL_TYPES = '*';

/** Everybody in this program who reads what a connection brings: listeners by type, and loops. */
export class Readers<Message extends { type: string }> {
  readonly #options: MessageQueueOptions;
  readonly #listeners = new Map<string, Set<Listener<Message>>>();
  readonly #queues = new Set<MessageQueue<Message>>();
  /** What came while there was no reader: the place has moved past it. */
  readonly #kept: MessageQueue<Message>;
  #isEnded = false;

  constructor(options: MessageQueueOptions) {
    this.#options = options;
    this.#kept = new MessageQueue(options);
  }

  listen(type: string, listener: Listener<Message>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    // Those who are attached in the same breath are to hear it as well.
    queueMicrotask(() => this.#giveKept());
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(type);
    };
  }

  /** Each loop has a queue of its own. */
  iterate(): AsyncIterator<Message> {
    const queue = new MessageQueue<Message>({ ...this.#options, onReturn: () => this.#queues.delete(queue) });
    this.#queues.add(queue);
    if (this.#isEnded) this.end();
    else queueMicrotask(() => this.#giveKept());
    return queue;
  }

  tell(message: Message): void {
    if (this.#hasReader && this.#kept.isEmpty) this.#give(message);
    else this.#kept.push(message);
  }

  /** There is more to come, for loops that begin now. */
  begin(): void {
    this.#isEnded = false;
  }

  /** Loops read what waits, and end. */
  end(): void {
    this.#isEnded = true;
    this.#giveKept();
    for (const queue of this.#queues) queue.end();
    this.#queues.clear();
  }

  get #hasReader(): boolean {
    return this.#listeners.size + this.#queues.size > 0;
  }

  #giveKept(): void {
    while (this.#hasReader) {
      const message = this.#kept.take();
      if (message === undefined) return;
      this.#give(message);
    }
  }

  #give(message: Message): void {
    for (const type of [message.type, ALL_TYPES]) {
      for (const listener of this.#listeners.get(type) ?? []) safely(listener, message);
    }
    for (const queue of this.#queues) queue.push(message);
  }
}
