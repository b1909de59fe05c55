import type { Kept, Store } from '../driver/backlog.ts';
import { browser, type Database, type Request } from './browser-apis.ts';

const KEPT = 'kept';

/**
 * A browser's IndexedDB. Of several tabs that have it, one uses it: the first, until it is closed; the next one then finds
 * what was left. Browsers without Web Locks (Safari before 15.4) cannot know of each other: there, keep to one tab.
 */
export class IndexedDbStore implements Store {
  readonly #name: string;
  readonly #closing = new AbortController();
  #letGo: () => void = () => undefined;
  #database: Database | undefined;

  /** Things of one kind, such as a driver's points, have a name of their own. */
  constructor(name: string) {
    this.#name = `logi ${name}`;
  }

  async load(): Promise<Kept[]> {
    await this.#waitForTurn();
    const transaction = (await this.#open()).transaction(KEPT, 'readonly');
    const kept = transaction.objectStore(KEPT);
    const [keys, values] = await Promise.all([answerOf(kept.getAllKeys()), answerOf(kept.getAll())]);
    return keys.map((key, index) => ({ key, value: values[index] }));
  }

  async write({ put, remove }: { put: readonly Kept[]; remove: readonly number[] }): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction(KEPT, 'readwrite', { durability: 'strict' });
    const kept = transaction.objectStore(KEPT);
    for (const key of remove) kept.delete(key);
    for (const { key, value } of put) kept.put(value, key);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#database?.close();
    this.#letGo();
  }

  #waitForTurn(): Promise<void> {
    const { locks } = browser.navigator ?? {};
    if (!locks) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const untilClosed = new Promise<void>((letGo) => {
        this.#letGo = letGo;
      });
      const held = () => {
        resolve();
        return untilClosed;
      };
      locks.request(this.#name, { signal: this.#closing.signal }, held).catch(reject);
    });
  }

  async #open(): Promise<Database> {
    if (this.#database) return this.#database;
    const { indexedDB } = browser;
    if (!indexedDB) throw new TypeError('There is no IndexedDB here');
    const request = indexedDB.open(this.#name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(KEPT);
    const database = await answerOf(request);
    const forget = () => {
      database.close();
      this.#database = undefined; // opened again when it is needed
    };
    database.onclose = forget;
    database.onversionchange = forget;
    this.#database = database;
    return database;
  }
}

function answerOf<Result>(request: Request<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
