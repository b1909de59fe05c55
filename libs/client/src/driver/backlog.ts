import { safely } from '../connection/here.ts';

export type Kept<Value = unknown> = { key: number; value: Value };

/** Where what waits outlives a page or a process. One at a time may use it, and for one purpose. */
export type Store = {
  /** What is kept, in order of keys. Waits while another has it. */
  load(): Promise<Kept[]>;
  /** All of it or nothing, and on disk once it resolves. */
  write(change: { put: readonly Kept[]; remove: readonly number[] }): Promise<void>;
  close(): Promise<void>;
};

export type BacklogOptions = {
  store: Store | undefined;
  /** The store failed; what waits is kept in memory meanwhile. */
  onStoreError: (error: unknown, isFull: boolean) => void;
};

const WRITE_AGAIN_MS = 5_000;
const FULL: ReadonlySet<unknown> = new Set(['QuotaExceededError', 'ENOSPC', 'EDQUOT']);

/**
 * What waits to be acknowledged, oldest first: in memory, and behind it in a store. What is settled before it was written
 * is never written; what is written while more comes is followed by one write of all that came.
 */
export class Backlog<Value> {
  readonly #options: BacklogOptions;
  #store: Store | undefined;
  #entries: Kept<Value>[] = [];
  #nextKey = 1;
  #isLoaded = false;
  readonly #unsaved = new Set<Kept<Value>>();
  readonly #removed = new Set<number>();
  #loading: Promise<void> | undefined;
  #saving: Promise<void> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  get oldestFirst(): readonly Kept<Value>[] {
    return this.#entries;
  }

  /** What an earlier one left comes first. A store that cannot be read is left alone, as nobody knows what is in it. */
  load(): Promise<void> {
    this.#loading = this.#load();
    return this.#loading;
  }

  async #load(): Promise<void> {
    try {
      const kept = ((await this.#store?.load()) ?? []) as Kept<Value>[]; // written by the same app
      for (const { key } of kept) this.#nextKey = Math.max(this.#nextKey, key + 1);
      for (const entry of this.#entries) entry.key = this.#takeKey();
      this.#entries = [...kept, ...this.#entries];
    } catch (error) {
      this.#store = undefined;
      safely(this.#options.onStoreError, error, false);
    }
    this.#isLoaded = true;
    this.#save();
  }

  add(value: Value): Kept<Value> {
    const entry = { key: this.#takeKey(), value };
    this.#entries.push(entry);
    this.#unsaved.add(entry);
    this.#save();
    return entry;
  }

  /** They wait no longer. */
  settle(entries: Iterable<Kept<Value>>): void {
    const settled = new Set(entries);
    if (settled.size === 0) return;
    this.#entries = this.#entries.filter((entry) => !settled.has(entry));
    for (const entry of settled) if (!this.#unsaved.delete(entry)) this.#removed.add(entry.key);
    this.#save();
  }

  /**
   * Every second one of the older half goes, those aside that `spare` are. Done again and again, what is old becomes coarse
   * and what is new stays fine, and the very oldest stays. Says how many went.
   */
  thin(spare: ReadonlySet<Kept<Value>>): number {
    const older = this.#entries.filter((entry) => !spare.has(entry)).slice(0, Math.ceil(this.#entries.length / 2));
    const gone = older.filter((_, index) => index % 2 === 1);
    this.settle(gone);
    return gone.length;
  }

  /** Resolves once everything is in the store, or the store has failed. */
  async saved(): Promise<void> {
    await this.#loading;
    await this.#saving;
  }

  async close(): Promise<void> {
    if (this.#isLoaded) await this.#saving;
    clearTimeout(this.#again);
    await this.#store?.close();
  }

  #takeKey(): number {
    return this.#nextKey++;
  }

  #save(): void {
    if (!this.#isLoaded || !this.#store || this.#saving || this.#again) return;
    this.#saving = this.#saveAll(this.#store).finally(() => {
      this.#saving = undefined;
    });
  }

  async #saveAll(store: Store): Promise<void> {
    while (this.#unsaved.size + this.#removed.size > 0) {
      await undefined; // what comes in one go is one write
      const [put, remove] = [[...this.#unsaved], [...this.#removed]];
      this.#unsaved.clear();
      this.#removed.clear();
      try {
        await store.write({ put, remove });
      } catch (error) {
        this.#failed(error, put, remove);
        return;
      }
    }
  }

  #failed(error: unknown, put: readonly Kept<Value>[], remove: readonly number[]): void {
    const here = new Set(this.#entries);
    for (const entry of put) {
      this.#removed.delete(entry.key);
      if (here.has(entry)) this.#unsaved.add(entry);
    }
    for (const key of remove) this.#removed.add(key);
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#save();
    }, WRITE_AGAIN_MS);
    const { name, code } = error as { name?: unknown; code?: unknown };
    safely(this.#options.onStoreError, error, FULL.has(name) || FULL.has(code));
  }
}
