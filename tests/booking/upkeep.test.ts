import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { book, place, showBooking } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
beforeAll(async () => {
  system = await startSystem({ DISPATCH_POLL_MS: '20' });
  ({ sql } = await openSql(system.servers.databaseUrl));
});
afterAll(() => system.stop());

const DAY_MS = 86_400_000;

/** A booking for later whose time has come. */
async function comesDue(bookingId: string, ago: string): Promise<void> {
  await sql(`update booking.booking set dispatch_due_at = now() - $2::interval where booking_id = $1`, [
    bookingId,
    ago,
  ]);
}

test('a search that cannot go on does not keep others waiting behind it, and goes on when it can', async () => {
  const scheduledAt = new Date(Date.now() + 2 * DAY_MS);
  const broken = await book(system, 'ana', { at: place(1), scheduledAt });
  const behind = await book(system, 'ben', { at: place(2), scheduledAt });
  // Its next change finds the place in its history taken.
  await sql(
    `insert into booking.history select booking_id, 2, null, 'Cancelled', null, 'system', 'test', null, now()
     from booking.booking where booking_id = $1`,
    [broken.booking_id],
  );
  await comesDue(broken.booking_id, '1 hour');
  await comesDue(behind.booking_id, '1 minute');
  await eventually(async () => expect((await showBooking(system, behind.booking_id)).status).toBe('Searching'));
  expect((await showBooking(system, broken.booking_id)).status).toBe('Scheduled');
  await sql(`set logi.may_change_history = 'on'`);
  await sql('delete from booking.history where booking_id = $1 and version = 2', [broken.booking_id]);
  // It was put off for some seconds.
  await eventually(
    async () => expect((await showBooking(system, broken.booking_id)).status).toBe('Searching'),
    LONG_WAIT_MS,
  );
});

/** Named by its age, so that it can be told which are left. */
test.each([
  {
    what: 'quotes an hour after their end',
    table: 'quote',
    column: 'owner_id',
    row: `gen_random_uuid(), 'user', $1, 0, 0, 1, 1, 'van', 'EUR', 1, now() - $2::interval`,
    ages: ['61 minutes', '59 minutes'],
  },
  {
    what: 'idempotency keys after 48 hours',
    table: 'idempotency_key',
    column: 'key',
    row: `'ana', $1, '', '{}', now() - $2::interval`,
    ages: ['49 hours', '47 hours'],
  },
  {
    what: 'events a day after they were published',
    table: 'outbox (event_id, type, aggregate_id, version, ordering_key, body, published_at)',
    column: 'aggregate_id',
    row: `gen_random_uuid(), 'offer.closed', $1, 1, 'k', '{}', now() - $2::interval`,
    ages: ['25 hours', '23 hours'],
  },
  {
    what: 'events seen after 30 days',
    table: 'inbox',
    column: 'consumer',
    row: `$1, gen_random_uuid(), now() - $2::interval`,
    ages: ['31 days', '29 days'],
  },
])('$what are forgotten, and no sooner', async ({ table, column, row, ages }) => {
  for (const age of ages) await sql(`insert into booking.${table} values (${row})`, [age, age]);
  const [name] = table.split(' ');
  const left = () => sql(`select ${column} as age from booking.${name} where ${column} = any($1)`, [ages]);
  await system.start.booking(); // what happens each minute happens at the start of an instance, too
  await eventually(async () => expect(await left()).toEqual([{ age: ages[1] }]));
});

test('how a search went is forgotten after 30 days, with everybody who was considered, and no sooner', async () => {
  const [old, young] = [await book(system, 'ana', { at: place(3) }), await book(system, 'ana', { at: place(4) })];
  for (const [{ booking_id }, days] of [
    [old, 31],
    [young, 29],
  ] as const) {
    await sql(
      `insert into booking.search_round values ($1, 1000, 1, '{van}', now() - make_interval(days => $2::int), null)`,
      [booking_id, days],
    );
    await sql(`insert into booking.candidate values ($1, 1000, 'dro', 1, 1, 1, '[]', null)`, [booking_id]);
  }
  await system.start.booking();
  const left = async (table: string) =>
    (await sql(`select booking_id from booking.${table} where round = 1000`)).map((row) => row['booking_id']);
  await eventually(async () => expect(await left('search_round')).toEqual([young.booking_id]));
  expect(await left('candidate')).toEqual([young.booking_id]);
});
