export type MessageQueueOptions = { maxWaiting: number; onDropped: () => void; onReturn: () => void };

/** Messages between the connection that brings them and the loop that reads them. Bounded: the oldest give way. */
export class MessageQueue<Message> implements AsyncIterator<Message> {
  readonly #options: MessageQueueOptions;
  #waiting: Message[] = [];
  #readers: ((result: IteratorResult<Message>) => void)[] = [];
  #isEnded = false;

  constructor(options: MessageQueueOptions) {
    this.#options = options;
  }

  push(message: Message): void {
    const reader = this.#readers.shift();
    if (reader) reader({ value: message, done: false });
    else if (this.#waiting.push(message) > this.#options.maxWaiting) {
      this.#waiting.shift();
      this.#options.onDropped();
    }
  }

  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) reader({ value: undefined, done: true });
    this.#readers = [];
  }

  async next(): Promise<IteratorResult<Message>> {
    const message = this.#waiting.shift();
    if (message !== undefined) return { value: message, done: false };
    if (this.#isEnded) return { value: undefined, done: true };
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  async return(): Promise<IteratorResult<Message>> {
    this.#options.onReturn();
    this.#waiting = [];
    this.end();
    return { value: undefined, done: true };
  }
}
