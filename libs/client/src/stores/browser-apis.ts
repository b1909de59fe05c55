/* What is used here of IndexedDB and Web Locks: libraries of types for pages would put all of a page into Node's scope. */

export type Request<Result> = { result: Result; error: unknown; onsuccess: () => void; onerror: () => void };
export type ObjectStore = {
  getAll(): Request<unknown[]>;
  getAllKeys(): Request<number[]>;
  put(value: unknown, key: number): Request<unknown>;
  delete(key: number): Request<unknown>;
};
export type Transaction = {
  objectStore(name: string): ObjectStore;
  error: unknown;
  oncomplete: () => void;
  onabort: () => void;
};
export type Database = {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): Transaction;
  onversionchange: () => void;
  onclose: () => void;
  close(): void;
};
type Browser = {
  indexedDB?: { open(name: string, version: number): Request<Database> & { onupgradeneeded: () => void } };
  navigator?: {
    locks?: { request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<void> };
  };
};

export const browser = globalThis as Browser;
