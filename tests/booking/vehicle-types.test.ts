import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors, north } from '../support/people/actors.ts';
import { bookingBody, gatewayReads, goOnDuty, isOf, place, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem();
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  await gatewayReads(system);
});
afterAll(() => system.stop());

const admin = (method: string, path: string, body?: object) =>
  call(method, `${system.bookingUrl}/v1/admin/${path}`, { token: system.token('admin', 'ops'), body });
const put = (type: string, body: object) => admin('PUT', `vehicle-types/${encodeURIComponent(type)}`, body);
const estimate = async (vehicleType: string, at = place(1)) =>
  call('POST', `${system.bookingUrl}/v1/estimates`, {
    token: system.token('user', 'ana'),
    body: bookingBody({ at, vehicleType }),
  });

const RATES = {
  currency: 'EUR',
  base: 4.5,
  per_kilometer: 1.25,
  per_minute: 0.35,
  minimum: 9,
  average_kilometers_per_hour: 26.5,
  size: 7,
};

describe('vehicle types', () => {
  test('an admin adds one, and it can be booked at its rates', async () => {
    expectRefusal(await estimate('sleigh'), 'unknown_vehicle_type');
    const added = await put('sleigh', RATES);
    expect(added).toMatchObject({ status: 200, body: { vehicle_type: 'sleigh', ...RATES, is_offered: true } });
    const { body } = await estimate('sleigh');
    expect(body).toMatchObject({ currency: 'EUR', breakdown: [{ code: 'base', amount: 4.5 }, {}, {}] });
    expect((await admin('GET', 'vehicle-types')).body.items).toContainEqual(added.body);
  });

  test('an admin changes one: what is left out, or null, stays as it is, and the same again is the same', async () => {
    await put('cart', RATES);
    const changed = { ...RATES, vehicle_type: 'cart', base: 6, is_offered: true };
    for (let n = 0; n < 2; n += 1) {
      expect(await put('cart', { base: 6, minimum: null })).toMatchObject({ status: 200, body: changed });
    }
    expect((await put('cart', { is_offered: false })).body).toEqual({ ...changed, is_offered: false });
    expectRefusal(await estimate('cart'), 'unknown_vehicle_type');
    expect((await admin('GET', 'vehicle-types')).body.items).toContainEqual({ ...changed, is_offered: false });
  });

  test('what was quoted and booked before keeps its price and its currency', async () => {
    await put('wagon', RATES);
    const booked = await act.book('ana', { pickup: place(2), vehicleType: 'wagon' });
    await put('wagon', { currency: 'JPY', base: 700, per_kilometer: 180, per_minute: 40, minimum: 1_500 });
    expect(await act.show(booked.booking_id)).toMatchObject({
      price_estimate: booked.price_estimate,
      currency: 'EUR',
    });
  });

  test.each<[why: string, body: object]>([
    ['a new type without a rate', { ...RATES, per_kilometer: undefined }],
    ['a new type with a rate of null', { ...RATES, minimum: null }],
    ['more decimals than the currency has', { ...RATES, base: 0.005 }],
    ['decimals in a currency without', { ...RATES, currency: 'JPY' }],
    ['a negative rate', { ...RATES, per_minute: -1 }],
    ['a rate that no column holds', { ...RATES, base: 1e9 }],
    ['no vehicle’s speed', { ...RATES, average_kilometers_per_hour: 0 }],
    ['a currency that is none', { ...RATES, currency: 'euro' }],
    ['a field that nobody knows', { ...RATES, colour: 'red' }],
  ])('%s is refused, and nothing is added', async (_why, body) => {
    expectRefusal(await put('unicycle', body), 'invalid_request');
    expectRefusal(await estimate('unicycle'), 'unknown_vehicle_type');
  });

  test('another currency with the old amounts is refused: they would be other prices', async () => {
    await put('barrow', RATES);
    const refused = await put('barrow', { currency: 'KWD', base: 1.5 });
    expectRefusal(refused, 'invalid_request');
    expect(refused.body.error.details.issues.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/minimum',
      '/per_kilometer',
      '/per_minute',
    ]);
  });

  test('only an admin sees and changes rates', async () => {
    for (const role of ['user', 'driver'] as const) {
      const token = system.token(role, 'ops');
      const url = `${system.bookingUrl}/v1/admin/vehicle-types`;
      expectRefusal(await call('PUT', `${url}/van`, { token, body: { base: 0 } }), 'forbidden');
      expectRefusal(await call('GET', url, { token }), 'forbidden');
    }
  });
});

describe.each([
  ['JPY', { base: 700, per_kilometer: 180, per_minute: 40, minimum: 1_500 }, 0],
  ['KWD', { base: 1.105, per_kilometer: 0.205, per_minute: 0.015, minimum: 1.755 }, 3],
])('money in %s', (currency, amounts, decimals) => {
  const vehicleType = `van in ${currency}`;
  const at = place(currency === 'JPY' ? 10 : 11);
  beforeAll(async () => {
    expect((await put(vehicleType, { ...RATES, ...amounts, currency })).status).toBe(200);
  });
  const isWritten = (amount: number) => Number(amount.toFixed(decimals)) === amount;

  test('has the same decimals wherever a price is shown', async () => {
    const { body: quote } = await estimate(vehicleType, at);
    expect(quote).toMatchObject({ currency, breakdown: [{ code: 'base', amount: amounts.base }, {}, {}] });
    const lines: { amount: number }[] = quote.breakdown;
    expect(lines.every(({ amount }) => isWritten(amount))).toBe(true);
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(quote.price_estimate, decimals);
    const price = { price_estimate: quote.price_estimate, currency };

    const [user, driver] = [`user of ${currency}`, `driver of ${currency}`];
    const sockets = [
      await watch(system, { role: 'user', id: user }),
      await watch(system, { role: 'driver', id: driver }),
    ];
    await goOnDuty(system, driver, { at: north(at, 100), vehicleType });
    const booked = await act.book(user, { pickup: at, vehicleType });
    const { booking_id } = booked;
    expect(booked).toMatchObject(price);
    for (const socket of sockets) {
      const { payload } = await socket.find(isOf(booking_id, 'new_booking_request'));
      expect(payload).toMatchObject({ price_estimate: quote.price_estimate });
    }
    const offers = await call('GET', `${system.bookingUrl}/v1/offers`, { token: system.token('driver', driver) });
    expect(offers.body.items).toMatchObject([price]);
    expect((await act.accept(driver, booking_id)).body).toMatchObject(price);
    expect(await eventsOf(booking_id)).toEqual(expect.arrayContaining([expect.objectContaining(price)]));
  });

  test('is summed up by itself in the statistics, and never with other money', async () => {
    const driver = `carrier in ${currency}`;
    await goOnDuty(system, driver, { at: north(at, 3_000_000), vehicleType });
    const from = new Date().toISOString();
    const trips = [
      await deliver(driver, north(at, 3_000_000), vehicleType),
      await deliver(driver, north(at, 3_000_000), vehicleType),
    ];
    const total = trips.reduce((sum, price) => sum + price, 0);
    const ofOne = (await admin('GET', `stats?from=${from}`)).body;
    expect(ofOne.funnel.completed_value).toBeCloseTo(total, decimals);
    expect(isWritten(ofOne.funnel.completed_value)).toBe(true);
    await goOnDuty(system, `${driver} and EUR`, { at: north(at, 2_000_000) });
    const euros = await deliver(`${driver} and EUR`, north(at, 2_000_000), 'van');
    const { funnel, by_vehicle_type } = (await admin('GET', `stats?from=${from}`)).body;
    expect(funnel.completed_value).toBeNull();
    expect(funnel.completed_values).toEqual([
      { currency: 'EUR', amount: euros },
      { currency, amount: ofOne.funnel.completed_value },
    ]);
    expect(by_vehicle_type).toContainEqual(expect.objectContaining({ vehicle_type: 'van', completed_value: euros }));
  });
});

async function deliver(driver: string, pickup: ReturnType<typeof place>, vehicleType: string): Promise<number> {
  const { booking_id, price_estimate } = await act.book('ana', { pickup, vehicleType });
  await eventually(async () => expect((await act.accept(driver, booking_id)).status).toBe(200));
  for (const status of ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered'])
    expect((await act.advance(driver, booking_id, status)).status).toBe(200);
  return price_estimate;
}

/** What the events of a booking, and of its offers, say. */
async function eventsOf(bookingId: string): Promise<unknown[]> {
  const rows = await sql(`select body from booking.outbox where ordering_key = $1`, [bookingId]);
  return rows
    .map((row) => JSON.parse(String(row['body'])))
    .filter(({ type }) => /^(booking\.|offer\.created)/.test(type))
    .map(({ data }) => data);
}
