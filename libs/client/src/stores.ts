export type { Kept, Store } from './driver/backlog.ts';
export { FileStore } from './stores/file-store.ts';
export { IndexedDbStore } from './stores/indexed-db-store.ts';
