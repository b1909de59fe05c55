import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { keepCompiled } from '@logi/service/run';

/*
 * `node --import hold.ts services/booking/src/main.ts`: loads all that the service is made of, and lets it begin when the
 * standard input has ended, with the variables that are written there. So a service whose servers start in five seconds
 * is there a moment after them, and not one and a half seconds.
 */

keepCompiled();
const [, main = ''] = process.argv;
await import(join(dirname(main), 'service.ts'));
Object.assign(process.env, JSON.parse(await text(process.stdin)));
