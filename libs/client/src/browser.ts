/* All of it in one file, for pages that no bundler makes. */

export * from './http.ts';
export * from './index.ts';
export { IndexedDbStore } from './stores/indexed-db-store.ts';
