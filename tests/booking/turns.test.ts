import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { inTwoSizes } from '../support/long.ts';
import { eachApart } from '../support/people/apart.ts';
import { act, book, forEach, goOnDuty } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* Many search, and few are free. */

/** Who rests does so until somebody wakes them. */
const SETTINGS = {
  SEARCH_RETRY_MS: '60000',
  DISPATCH_POLL_MS: '20',
  SEARCH_RADII_METERS: '2000,5000',
  OFFER_TIMEOUT_MS: '60000',
};
const ROUNDS_PER_FREE_DRIVER = 3;
/** As they come, they go: what three services in one process bear beside these tests. */
const BOOKED_EVERY_MS = 20;

let system: System;
let sql: Rows;
let closeSql: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem(SETTINGS);
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

/** Everybody who has something to ask has been answered that nobody is free. */
async function isMeasured(sql: Rows, bookingId: string): Promise<void> {
  await eventually(async () => {
    const answered = 'select from booking.search_round where booking_id = $1 and answered_at is not null';
    expect(await sql(answered, [bookingId])).not.toEqual([]);
  });
}

inTwoSizes(
  'in no second do more searches ask than three for each driver who is free, and each ends in time',
  { short: 40, long: 2_000 },
  {
    run: async (crowd) => {
      const timeoutMs = 4_000 + crowd * BOOKED_EVERY_MS; // all search at one time, before the first gives up
      const crowded = await startSystem({ ...SETTINGS, SEARCH_RETRY_MS: '200', SEARCH_TIMEOUT_MS: String(timeoutMs) });
      const { sql } = await openSql(crowded.servers.databaseUrl);

      const user = named('ana');
      await isMeasured(sql, (await book(crowded, user, { at })).booking_id);
      const startedAt = performance.now();
      await forEach(
        Array.from({ length: crowd }, (_, i) => i),
        async (i) => {
          await sleep(Math.max(0, startedAt + i * BOOKED_EVERY_MS - performance.now()));
          await book(crowded, named(`user ${i}`), { at });
        },
      );
      const here = 'select cell from booking.booking where user_id = $1';
      await eventually(async () => {
        const searching = `select from booking.booking where status = 'Searching' and cell in (${here})`;
        expect(await sql(searching, [user])).toEqual([]);
      }, timeoutMs + LONG_WAIT_MS);

      const [busiest] = await sql(
        // Until the first gives up: whoever has asked and is over leaves their turn to another.
        `with asked as (select requested_at from booking.search_round join booking.booking using (booking_id)
           where cell in (${here})
             and requested_at < (select min(ended_at) from booking.booking where cell in (${here})))
         select max((select count(*) from asked as other where other.requested_at >= asked.requested_at
           and other.requested_at < asked.requested_at + interval '1 second')) as rounds from asked`,
        [user],
      );
      expect(Number(busiest?.['rounds'])).toBeLessThanOrEqual(ROUNDS_PER_FREE_DRIVER);
      const [latest] = await sql(
        `select max(extract(epoch from ended_at - created_at)) as seconds from booking.booking where cell in (${here})`,
        [user],
      );
      expect(Number(latest?.['seconds'])).toBeLessThan(timeoutMs / 1_000 + 2);
    },
    timeoutMs: 300_000,
  },
);

test('whoever searches in an empty place, or where drivers are free, asks at once', async () => {
  await goOnDuty(system, named('dro'), { at });
  await goOnDuty(system, named('dan'), { at });
  for (const name of ['ana', 'ben', 'cid']) {
    const { booking_id } = await book(system, named(name), { at });
    expect(await sql('select from booking.search_round where booking_id = $1', [booking_id])).not.toEqual([]);
    if (name === 'ana') await isMeasured(sql, booking_id);
  }
});

test('a driver who becomes free is offered to the search that is oldest, also where it has never asked', async () => {
  const crowd: string[] = [];
  for (let i = 0; i < 12; i += 1) crowd.push((await book(system, named(`user ${i}`), { at })).booking_id);
  await isMeasured(sql, crowd[0] ?? '');
  const late = (await book(system, named('late'), { at })).booking_id;
  for (const id of crowd) {
    const answer = await act(system, { role: 'admin', id: 'ops' }, id, 'cancel', {});
    expect(answer.status).toBe(200);
  }
  await book(system, named('later'), { at });
  await eventually(async () => {
    const asking = `select from booking.search_round join booking.booking using (booking_id)
      where status = 'Searching' and answered_at is null`;
    expect(await sql(asking)).toEqual([]);
  });
  await goOnDuty(system, named('dro'), { at });
  await eventually(async () => {
    const offered = `select booking_id from booking.offer where driver_id = $1`;
    expect(await sql(offered, [named('dro')])).toEqual([{ booking_id: late }]);
  });
});
