type Timers = Pick<typeof globalThis, 'setTimeout' | 'setInterval'>;

const MINUTE_MS = 60_000;

/**
 * A page as a browser has it, on a driven clock: in sight; hidden, with its timers let off once a minute; or frozen, with
 * no timer at all. Goes away with `close`.
 */
export class DrivenPage {
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  /** What went to `reportError`. */
  readonly reported: unknown[] = [];
  #state: 'visible' | 'hidden' | 'frozen' = 'visible';
  readonly #late: (() => void)[] = [];
  readonly #window = new EventTarget();
  readonly #timers: Timers = { setTimeout, setInterval };

  constructor() {
    Object.assign(globalThis, {
      document: this.document,
      addEventListener: this.#window.addEventListener.bind(this.#window),
      reportError: (error: unknown) => this.reported.push(error),
      setTimeout: (callback: () => void, ms = 0) =>
        this.#timers.setTimeout(() => this.#run(callback), this.#letOff(ms)),
      setInterval: (callback: () => void, ms = 0) => {
        let minute = -1;
        return this.#timers.setInterval(() => {
          const now = Math.floor(performance.now() / MINUTE_MS);
          if (this.#state === 'hidden' && minute === now) return;
          minute = now;
          this.#run(callback);
        }, ms);
      },
    });
  }

  hide(): void {
    this.#become('hidden');
  }

  freeze(): void {
    this.#become('frozen');
  }

  /** A person looks at it. What was due meanwhile is let off first. */
  show(): void {
    this.#become('visible');
    for (const callback of this.#late.splice(0)) callback();
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  /** `online`, `pageshow`, … */
  happens(type: string): void {
    this.#window.dispatchEvent(new Event(type));
  }

  close(): void {
    Object.assign(globalThis, this.#timers);
    for (const name of ['document', 'addEventListener', 'reportError']) Reflect.deleteProperty(globalThis, name);
  }

  #become(state: 'visible' | 'hidden' | 'frozen'): void {
    this.#state = state;
    this.document.visibilityState = state === 'visible' ? 'visible' : 'hidden';
  }

  #letOff(ms: number): number {
    if (this.#state === 'visible') return ms;
    const dueMs = performance.now() + ms;
    return Math.ceil(dueMs / MINUTE_MS) * MINUTE_MS - performance.now();
  }

  #run(callback: () => void): void {
    if (this.#state !== 'frozen') callback();
    else if (!this.#late.includes(callback)) this.#late.push(callback);
  }
}
