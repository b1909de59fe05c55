import { IndexedDbStore } from '@logi/client/stores';
import { drive } from './drive.ts';

const { location } = globalThis as unknown as { location: { origin: string; reload(): void } }; // a page's own
await drive(location.origin, { store: new IndexedDbStore('points'), reload: () => location.reload() });
