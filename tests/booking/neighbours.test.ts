import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { actors, north } from '../support/people/actors.ts';
import { bookingBody, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* What somebody with many bookings does to those who live next door. */

const DRIVERS = 4;
const BOOKINGS = 20;

type World = { system: System; sql: Rows; act: ReturnType<typeof actors> };
let fair: World;
beforeAll(async () => {
  fair = await open({});
});
afterAll(() => fair.system.stop());

let counter = 0;
let at: ReturnType<typeof place>;
beforeEach(() => {
  counter += 1;
  at = place(counter);
});

async function open(settings: Record<string, string>): Promise<World> {
  const patient = { OFFER_TIMEOUT_MS: '600000', SEARCH_TIMEOUT_MS: '3600000', SEARCH_RETRY_MS: '200' };
  const system = await startSystem({ ...patient, ...settings });
  const { sql } = await openSql(system.servers.databaseUrl);
  return { system, sql, act: actors(system) };
}

/** Some drivers, and one user whose every booking has been answered, by an offer or without. */
async function crowdTheNeighbourhood({ sql, act }: World, bookings: number): Promise<void> {
  await Promise.all(
    Array.from({ length: DRIVERS }, (_, n) => act.goOnDuty(`driver ${counter} ${n}`, north(at, n * 50))),
  );
  const made: string[] = [];
  for (let n = 0; n < bookings; n += 1) made.push((await act.book('greedy', { pickup: at })).booking_id);
  await eventually(async () => {
    const answered = await sql(
      `select booking_id from booking.search_round where booking_id = any($1) and answered_at is not null group by 1`,
      [made],
    );
    expect(answered).toHaveLength(bookings);
  });
}

const askedAbout = async ({ sql }: World, userId: string) =>
  sql(
    `select offer.driver_id from booking.offer join booking.booking using (booking_id)
     where user_id = $1 and state = 'open' and pickup_latitude = $2`,
    [userId, at.latitude],
  );

long(
  'without a share for each user, all drivers are asked about one user’s bookings, and nobody is left for the neighbour',
  async () => {
    const unfair = await open({ MAX_RESERVED_WHILE_SCARCE: '1000' });
    closeLater(() => unfair.system.stop());
    const { act } = unfair;
    await crowdTheNeighbourhood(unfair, DRIVERS);
    await eventually(async () => expect(await askedAbout(unfair, 'greedy')).toHaveLength(DRIVERS));
    const { booking_id } = await act.book('neighbour', { pickup: at });
    await eventually(async () => {
      const { rounds } = await act.dispatch(booking_id);
      expect(
        rounds.filter((round: { answered_at: string | null }) => round.answered_at !== null).length,
      ).toBeGreaterThan(1);
    });
    expect(await askedAbout(unfair, 'neighbour')).toEqual([]);
  },
);

test('the neighbour of somebody with twenty bookings is offered to a driver, and so is the next one', async () => {
  await crowdTheNeighbourhood(fair, BOOKINGS);
  expect(await askedAbout(fair, 'greedy')).toHaveLength(1);
  for (const neighbour of ['ana', 'ben']) {
    const { booking_id } = await fair.act.book(neighbour, { pickup: at });
    await fair.act.askedDriver(booking_id);
  }
  expect(await askedAbout(fair, 'greedy')).toHaveLength(1);
});

test('who waits for others is told so to operators, and is next when the driver has answered', async () => {
  const [one, two] = [`driver ${counter} a`, `driver ${counter} b`];
  await fair.act.goOnDuty(one, at);
  await fair.act.goOnDuty(two, north(at, 100));
  const first = await fair.act.book('ana', { pickup: at });
  const asked = await fair.act.askedDriver(first.booking_id);
  const second = await fair.act.book('ana', { pickup: at });
  await eventually(async () => {
    const { rounds } = await fair.act.dispatch(second.booking_id);
    expect(rounds[0].candidates).toMatchObject([{ skipped: 'user_share', answer: null }]);
  });
  expect((await fair.act.show(second.booking_id)).status).toBe('Searching');
  expect((await fair.act.accept(asked, first.booking_id)).status).toBe(200);
  expect(await fair.act.askedDriver(second.booking_id)).toBe(asked === one ? two : one);
});

test('where there are drivers enough, each of a user’s bookings has one at once', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, n) => fair.act.goOnDuty(`plenty ${n}`, north(at, n * 20))));
  for (let n = 0; n < 3; n += 1) await fair.act.askedDriver((await fair.act.book('mover', { pickup: at })).booking_id);
  expect(await askedAbout(fair, 'mover')).toHaveLength(3);
});

test('twenty bookings of one user are no crowd, and the neighbours’ price stays as it is', async () => {
  for (let n = 0; n < BOOKINGS; n += 1) await fair.act.book(`flood ${counter}`, { pickup: at });
  await expectMeasured(1);
  expect(await surgeOfNeighbour()).toBe(1);
});

test('a true crowd makes a price rise, and no faster than it may', async () => {
  for (let n = 0; n < BOOKINGS; n += 1) await fair.act.book(`one of them ${n}`, { pickup: at });
  await expectMeasured(BOOKINGS);
  const [measured] = await fair.sql(
    `select multiplier, extract(epoch from surge.updated_at - min(created_at))::float8 as seconds
       from booking.surge join booking.booking using (cell, vehicle_type)
       where pickup_latitude = $1 group by multiplier, surge.updated_at`,
    [at.latitude],
  );
  const multiplier = Number(measured?.['multiplier']);
  expect(multiplier).toBeGreaterThan(1);
  expect(multiplier).toBeLessThanOrEqual(1.05 + (0.2 * Number(measured?.['seconds'])) / 60 + 1e-6);
});

async function expectMeasured(people: number): Promise<void> {
  await eventually(async () => {
    const rows = await fair.sql(
      `select distinct open_searches from booking.surge join booking.booking using (cell, vehicle_type)
       where pickup_latitude = $1`,
      [at.latitude],
    );
    expect(rows).toEqual([{ open_searches: people }]);
  });
}

async function surgeOfNeighbour(): Promise<number> {
  const body = bookingBody({ at });
  const token = fair.system.token('user', 'neighbour');
  return (await call('POST', `${fair.system.bookingUrl}/v1/estimates`, { token, body })).body.surge_multiplier;
}
