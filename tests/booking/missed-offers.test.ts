import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { actors, north } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { goOnDuty } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

const OFFER_TIMEOUT_MS = 400;

let system: System;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({
    OFFER_TIMEOUT_MS: `${OFFER_TIMEOUT_MS}`,
    MISSED_OFFER_REPEATS: '2',
    SEARCH_TIMEOUT_MS: '60000',
    SEARCH_RADII_METERS: '1000,3000',
    SEARCH_RETRY_MS: '100',
    DISPATCH_POLL_MS: '20',
  });
  act = actors(system);
});
afterAll(() => system.stop());

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

const misses = (bookingId: string, name: string, times: number) =>
  eventually(async () => {
    const missed = (await act.asked(bookingId)).filter((each) => each === `${named(name)}: expired`);
    expect(missed).toHaveLength(times);
  });

test('the only driver is asked again after missing an offer, as often as MISSED_OFFER_REPEATS and no more', async () => {
  await goOnDuty(system, named('only'), { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await misses(booking_id, 'only', 3);
  const rounds = (await act.dispatch(booking_id)).rounds.length;
  await eventually(async () => expect((await act.dispatch(booking_id)).rounds.length).toBeGreaterThan(rounds + 3));
  expect(await act.asked(booking_id)).toHaveLength(3);
});

test('whoever else is within reach is asked before one who has missed an offer is asked again', async () => {
  await goOnDuty(system, named('near'), { at });
  await goOnDuty(system, named('far'), { at: north(at, 2_500) });
  const { booking_id } = await act.book('ana', { pickup: at });
  await misses(booking_id, 'near', 2);
  expect((await act.asked(booking_id)).slice(0, 3)).toEqual([
    `${named('near')}: expired`,
    `${named('far')}: expired`,
    expect.any(String),
  ]);
});

test('who has declined is not asked again, also where nobody else is left', async () => {
  await goOnDuty(system, named('unwilling'), { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await act.askedDriver(booking_id);
  expect((await act.decline(named('unwilling'), booking_id)).status).toBe(204);
  await eventually(async () => expect((await act.dispatch(booking_id)).rounds.length).toBeGreaterThan(5));
  expect(await act.asked(booking_id)).toEqual([`${named('unwilling')}: declined`]);
});
