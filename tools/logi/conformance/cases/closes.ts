import { CLOSE_CODES } from '@logi/contracts';
import { idOf } from '../messages.ts';
import { type Case, Fault, show } from '../stage.ts';
import { greeted, hears, staysAway } from './steps.ts';

type Close = { code: number; reason: string };
const { restart, overloaded, too_slow, token_expired, rate_limited } = CLOSE_CODES;
const COMES_BACK: Close[] = [
  restart,
  too_slow,
  { code: 1001, reason: '' },
  { code: 1011, reason: '' },
  { code: 4999, reason: 'new' },
];
const FINAL: readonly Close[] = [
  CLOSE_CODES.protocol_error,
  CLOSE_CODES.invalid_text,
  CLOSE_CODES.too_many_fragments,
  CLOSE_CODES.frame_too_large,
  CLOSE_CODES.bad_frame,
  CLOSE_CODES.other_principal,
  CLOSE_CODES.replaced,
  CLOSE_CODES.ended_by_operator,
];
const FLOOR_MS = 1_000;

/** What a client does about each code by which a server ends a line. */
export const CLOSES: Case[] = [
  ...FINAL.map(
    ({ code, reason }): Case => ({
      name: `v2.close-${code}`,
      about: `${code} (${reason}) is final: it stays away, and says that it has stopped`,
      async run(stage) {
        const line = await greeted(stage);
        await hears(stage, line);
        await staysAway(stage, line, { code, reason });
      },
    }),
  ),
  ...COMES_BACK.map(
    ({ code, reason }): Case => ({
      name: `v2.close-${code}`,
      about: `After ${code}${reason && ` (${reason})`} it comes back with its place`,
      async run(stage) {
        const line = await greeted(stage);
        await hears(stage, line);
        line.close(code, reason);
        const next = await stage.connection(`It did not come back after it was closed with ${code}.`);
        if (next.lastId !== idOf(2))
          throw new Fault(`After ${code} it came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`);
      },
    }),
  ),
  {
    name: 'v2.close-1006',
    about: 'A line that breaks without a close frame is made again, with the place',
    async run(stage) {
      const line = await greeted(stage);
      await hears(stage, line);
      line.break();
      const next = await stage.connection('It did not come back after its line broke without a close frame.');
      if (next.lastId !== idOf(2))
        throw new Fault(`It came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`);
    },
  },
  ...[rate_limited, overloaded].map(
    ({ code, reason }): Case => ({
      name: `v2.close-${code}`,
      about: `After ${code} (${reason}) it comes back, and not at once`,
      async run(stage) {
        const line = await greeted(stage);
        line.close(code, reason);
        await stage.until(() => !line.isOpen, `It did not answer the close frame with ${code}.`);
        await stage.noConnection(
          FLOOR_MS,
          `It came back within a second of ${code} (${reason}), which asks it to slow down.`,
        );
        await stage.connection(`It did not come back after ${code} (${reason}).`, 40_000);
      },
    }),
  ),
  {
    name: `v2.close-${token_expired.code}`,
    about: 'After 4401 (token expired) it gets a new token and comes back with it, and with its place',
    async run(stage) {
      const line = await greeted(stage);
      await hears(stage, line);
      line.close(token_expired.code, token_expired.reason);
      const next = await stage.connection('It did not come back after 4401.');
      if (next.token === line.token) throw new Fault('It came back after 4401 with the token that has expired.');
      if (next.lastId !== idOf(2))
        throw new Fault(`After 4401 it came back with last_id=${show(next.lastId)} instead of ${idOf(2)}.`);
    },
  },
];
