import { FileStore } from '@logi/client/stores';
import { drive } from './drive.ts';

const [road = '', path = ''] = process.argv.slice(2);
await drive(road, { store: new FileStore(path) });
