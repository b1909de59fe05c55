export type MessageQueueOptions = { maxWaiting: number; onDropped: () => void };

const END = { value: undefined, done: true } as const;

/** Messages between the connection that brings them and the loop that reads them. Bounded: the oldest give way. */
export class MessageQueue<Message> implements AsyncIterator<Message> {
  readonly #options: MessageQueueOptions & { onReturn?: () => void };
  #waiting: Message[] = [];
  #readers: ((result: IteratorResult<Message>) => void)[] = [];
  #isEnded = false;
  /** That it has overflowed is told once, until it has been read. */
  #isOver = false;

  constructor(options: MessageQueueOptions & { onReturn?: () => void }) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(message: Message): void {
    const reader = this.#readers.shift();
    if (reader) reader({ value: message });
    else if (this.#waiting.push(message) > this.#options.maxWaiting) {
      this.#waiting.shift();
      if (!this.#isOver) this.#options.onDropped();
      this.#isOver = true;
    }
  }

  take(): Message | undefined {
    const message = this.#waiting.shift();
    if (this.isEmpty) this.#isOver = false;
    return message;
  }

  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) reader(END);
    this.#readers = [];
  }

  async next(): Promise<IteratorResult<Message>> {
    const message = this.take();
    if (message !== undefined) return { value: message };
    if (this.#isEnded) return END;
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  async return(): Promise<IteratorResult<Message>> {
    this.#options.onReturn?.();
    this.#waiting = [];
    this.end();
    return END;
  }
}
