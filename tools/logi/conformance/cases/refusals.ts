import { type Case, Fault, type Refusal } from '../stage.ts';
import { hears } from './steps.ts';

const LOOK_MS = 6_000;
const MANY = 15;
const ADMITTED_MS = 40_000;
const REFUSED_FOR_NOW: Refusal[] = [
  { status: 429, code: 'rate_limited', retryAfterSeconds: 1 },
  { status: 503, code: 'unavailable', retryAfterSeconds: 1 },
];
const REFUSED: Refusal[] = [
  { status: 403, code: 'blocked' },
  { status: 400, code: 'unknown_message_type' },
];

/** Upgrades that are refused. A client that cannot see why may ask the same URL by a plain GET. */
export const REFUSALS: Case[] = [
  {
    name: 'v2.refused-401',
    about: 'Refused with 401 it does not go on with the same token, and is let in with a new one',
    async run(stage) {
      stage.refusal = { status: 401, code: 'unauthenticated' };
      await stage.until(() => stage.upgrades.length > 0, 'It never opened a connection.', 60_000);
      await stage.holds(
        LOOK_MS,
        () => stage.upgrades.length <= MANY,
        `It tried more than ${MANY} times in ${LOOK_MS / 1_000} s, and was refused with 401 each time.`,
      );
      if (stage.stopped !== undefined) return; // it asks the person to sign in
      const refused = new Set(stage.upgrades.map(({ token }) => token));
      stage.refusal = undefined;
      const line = await stage.connection(
        'It was refused with 401, and neither came back with a new token nor reported that it has stopped.',
        ADMITTED_MS,
      );
      if (refused.has(line.token)) throw new Fault('It came back with a token that had been refused with 401.');
      line.hello();
      await hears(stage, line);
    },
  },
  ...REFUSED_FOR_NOW.map(
    (refusal): Case => ({
      name: `v2.refused-${refusal.status}`,
      about: `Refused with ${refusal.status} it comes again with growing waits, and is let in when it may`,
      async run(stage) {
        stage.refusal = refusal;
        await stage.until(() => stage.upgrades.length > 0, 'It never opened a connection.', 60_000);
        await stage.holds(
          LOOK_MS,
          () => stage.upgrades.length <= MANY,
          `It tried more than ${MANY} times in ${LOOK_MS / 1_000} s, and was refused with ${refusal.status} each time.`,
        );
        stage.refusal = undefined;
        const line = await stage.connection(
          `It was refused with ${refusal.status}, which passes, and did not come back.`,
          ADMITTED_MS,
        );
        line.hello();
        await hears(stage, line);
      },
    }),
  ),
  ...REFUSED.map(
    (refusal): Case => ({
      name: `v2.refused-${refusal.status}`,
      about: `Refused with ${refusal.status} (${refusal.code}) it does not storm the door`,
      async run(stage) {
        stage.refusal = refusal;
        await stage.until(() => stage.upgrades.length > 0, 'It never opened a connection.', 60_000);
        await stage.holds(
          LOOK_MS,
          () => stage.upgrades.length <= MANY,
          `It tried more than ${MANY} times in ${LOOK_MS / 1_000} s; ${refusal.status} ${refusal.code} does not pass by itself.`,
        );
      },
    }),
  ),
];
