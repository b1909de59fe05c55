import { control, event, events, idOf } from '../messages.ts';
import { type Case, Fault, show } from '../stage.ts';
import { greeted, hears } from './steps.ts';

const HEARTBEAT_MS = 1_000;
/** Two heartbeats of silence, and what a client may take to be sure of it. */
const SILENCE_LIMIT_MS = 2 * HEARTBEAT_MS + 18_000;
const QUIET_MS = 8_000;
const RECONNECT_IN_MS = 1_500;
/** Timers are not exact. */
const TOLERANCE_MS = 100;

/** Lines that die, that only look so, and that the server takes back. */
export const LINES: Case[] = [
  {
    name: 'v2.pings',
    about: 'It answers the WebSocket pings of the server',
    async run(stage) {
      const line = await greeted(stage);
      line.ping();
      await stage.until(() => line.answeredPings > 0, 'It did not answer a WebSocket ping.', 5_000);
    },
  },
  {
    name: 'v2.silent-line',
    about: 'A line on which nothing comes, not even an answer, is given up, and it comes back with its place',
    async run(stage) {
      const line = await greeted(stage, { heartbeatMs: HEARTBEAT_MS });
      await hears(stage, line);
      line.fallSilent();
      const next = await stage.connection(
        `Nothing came for ${SILENCE_LIMIT_MS / 1_000} s, with a heartbeat of ${HEARTBEAT_MS / 1_000} s and no answer to anything, and it did not open another connection.`,
        SILENCE_LIMIT_MS,
      );
      if (next.lastId !== idOf(2))
        throw new Fault(
          `It gave up the silent line and came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`,
        );
    },
  },
  {
    name: 'v2.quiet-line',
    about: 'A line on which nothing happens, and whose pings are answered, is kept',
    async run(stage) {
      const line = await greeted(stage, { heartbeatMs: HEARTBEAT_MS });
      const pinging = setInterval(() => line.isOpen && line.ping(), HEARTBEAT_MS);
      try {
        await stage.holds(
          QUIET_MS,
          () => line.isOpen,
          `It left a line that was well: for ${QUIET_MS / 1_000} s nothing happened, and its pings were answered.`,
        );
      } finally {
        clearInterval(pinging);
      }
      if (line.saidOf('ping').length > (2 * QUIET_MS) / HEARTBEAT_MS)
        throw new Fault('It sent more than two pings a heartbeat.');
    },
  },
  {
    name: 'v2.goaway',
    about: 'After goaway it leaves, waits reconnect_in_ms, and comes back with its place',
    async run(stage) {
      const line = await greeted(stage);
      await hears(stage, line);
      const toldAtMs = Date.now();
      line.send(control('goaway', { closes_in_ms: 5_000, reconnect_in_ms: RECONNECT_IN_MS }));
      const next = await stage.connection('After goaway it did not come back.');
      const waitedMs = next.openedAtMs - toldAtMs;
      if (waitedMs < RECONNECT_IN_MS - TOLERANCE_MS)
        throw new Fault(`It came back ${waitedMs} ms after goaway, which said ${RECONNECT_IN_MS}.`);
      if (next.lastId !== idOf(2))
        throw new Fault(`After goaway it came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`);
      await stage.until(() => !line.isOpen, 'It came back after goaway and left the old connection open.', 5_000);
    },
  },
  {
    name: 'v2.degraded',
    about: 'While the broker is away it stays connected, and delivers what comes after',
    async run(stage) {
      const line = await greeted(stage);
      line.send(control('degraded', { since: new Date().toISOString() }));
      await stage.holds(
        3_000,
        () => line.isOpen,
        'It left when it was told that nothing can be delivered for now: it is to stay.',
      );
      line.send(control('restored', { since: new Date().toISOString() }));
      await hears(stage, line);
    },
  },
  {
    name: 'v2.greeted-and-closed',
    about: 'A server that greets and then closes each time is not stormed: the waits grow',
    async run(stage) {
      await greetedAndClosed(8_000);
      async function greetedAndClosed(ms: number): Promise<void> {
        const first = await greeted(stage);
        first.close(1011);
        const end = Date.now() + ms;
        let count = 1;
        while (Date.now() < end) {
          const line = await stage.connection('It did not come back after it was closed with 1011.', 40_000);
          count += 1;
          line.hello();
          line.close(1011);
          if (count > 12)
            throw new Fault(
              `It opened ${count} connections within ${ms / 1_000} s to a server that greets and closes: its waits do not grow.`,
            );
        }
      }
    },
  },
  {
    name: 'v2.not-there',
    about: 'While nobody lets it in it tries again, not too often, and goes on where it was',
    async run(stage) {
      const line = await greeted(stage);
      await hears(stage, line);
      stage.refusal = { status: 503, code: 'unavailable' };
      const before = stage.upgrades.length;
      line.break();
      await stage.until(() => stage.upgrades.length > before, 'It did not try to come back.');
      await stage.holds(
        5_000,
        () => stage.upgrades.length - before <= 15,
        'It tried more than 15 times in five seconds.',
      );
      stage.refusal = undefined;
      const next = await stage.connection(
        'It did not come back after it had been refused with 503 for five seconds.',
        40_000,
      );
      if (next.lastId !== idOf(2))
        throw new Fault(`It came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`);
      next.hello();
      next.send(event(3));
      next.send(control('resumed', { recovered: true, replayed: 1 }, 3));
      await stage.expectDelivered(events(2, 3));
    },
  },
];
