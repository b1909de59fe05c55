import { fileURLToPath } from 'node:url';
import { whenInterrupted } from './stack/processes/interrupt.ts';
import { StackError } from './stack/processes/stack-error.ts';
import { startServers } from './stack/servers/servers.ts';
import { environmentForTests, findKeptServers, keepServers } from './testing/test-servers.ts';

/*
 * `npm run servers`: PostgreSQL and RabbitMQ for tests, until Ctrl-C. Meanwhile `npm test -- <file>` uses them, and starts
 * in a second.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const interrupted = whenInterrupted();
try {
  if (findKeptServers(ROOT)) throw new StackError('Servers for tests run already for this clone.');
  const servers = await startServers({ kind: 'auto', onProgress: say, signal: interrupted });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => servers.stop());
  await environmentForTests(servers);
  undo.defer(keepServers(ROOT, servers));
  say('ready: `npm test -- <file>` uses these. Ctrl-C stops them, and all that tests left in them is gone.');
  const isOver = Promise.withResolvers<void>();
  const keepAlive = setInterval(() => undefined, 60_000);
  interrupted.addEventListener('abort', () => isOver.resolve(), { once: true });
  if (!interrupted.aborted) await isOver.promise;
  clearInterval(keepAlive);
  say('stopping');
} catch (err) {
  if (!interrupted.aborted) {
    say(err instanceof StackError ? err.message : String(err instanceof Error ? err.stack : err));
    process.exitCode = 1;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
