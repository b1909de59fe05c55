import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { loadService } from '@logi/service/process/bundle';

/*
 * `node --import hold.ts services/booking/src/main.ts`: loads all that the service is made of, and lets it begin when the
 * standard input has ended, with the variables that are written there. So a service whose servers start in five seconds
 * is there a moment after them, and not one and a half seconds.
 */

const [, main = ''] = process.argv;
await loadService(pathToFileURL(resolve(main)).href);
Object.assign(process.env, JSON.parse(await text(process.stdin)));
