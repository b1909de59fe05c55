import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Principal } from '@logi/contracts';
import { type ApiRequest, requestsTo, STAGES } from '../../tools/testing/people/requests.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { bookingBody, goOnDuty, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { noteStatements } from '../support/statements.ts';

/*
 * Each statement, and more so each trip to the database while rows are locked, is a good part of what a booking costs.
 * Whoever needs one more raises the budget here, and says so.
 */

let system: System;
let noted: ReturnType<typeof noteStatements>;
beforeAll(async () => {
  noted = noteStatements();
  system = await startSystem();
});
afterAll(async () => {
  noted.stop();
  await system.stop();
});

/** A trace, under which stands what is asked of the database for somebody's request, and for all that follows it. */
async function ask({ role, id }: Principal, request: ApiRequest) {
  const traceId = randomBytes(16).toString('hex');
  const answer = await call(request.method, request.url, {
    token: system.token(role, id),
    body: request.body,
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
  });
  expect(answer.status).toBeLessThan(300);
  return { body: answer.body, traceId };
}

type Cost = { statements: number | undefined; trips: number | undefined };

/** Of the transaction that does this, once it is over. */
function cost(traceId: string, what: RegExp): Promise<Cost> {
  return eventually(() => {
    const found = noted.of(traceId).filter(({ texts }) => texts.some((text) => what.test(text)));
    expect(found).toMatchObject([{ isOver: true }]);
    return { statements: found[0]?.texts.length, trips: found[0]?.trips };
  });
}

let lives = 0;

/** With people and a place of its own. */
async function live(): Promise<Record<string, Cost>> {
  const at = place(lives++);
  const user: Principal = { role: 'user', id: `user ${lives}` };
  const driver: Principal = { role: 'driver', id: `driver ${lives}` };
  const requests = requestsTo(system);
  await goOnDuty(system, driver.id, { at });
  const estimate = await ask(user, requests.estimate(bookingBody({ at })));
  const { quote_id } = estimate.body;
  const booked = await ask(user, requests.book({ ...bookingBody({ at }), quote_id }));
  const { booking_id } = booked.body;
  const costs: Record<string, Cost> = {
    price: await cost(estimate.traceId, /from "vehicle_type"/),
    quote: await cost(estimate.traceId, /insert into "quote"/),
    booking: await cost(booked.traceId, /insert into "booking"/),
    nomination: await cost(booked.traceId, / <-> /),
    offer: await cost(booked.traceId, /insert into "offer"/),
  };
  const accepted = await ask(driver, requests.act(booking_id, 'accept'));
  costs['acceptance'] = await cost(accepted.traceId, /update "booking"/);
  costs['trip'] = await cost(accepted.traceId, /insert into "trip"/);
  for (const status of STAGES) {
    const advanced = await ask(driver, requests.act(booking_id, 'status', { status }));
    costs[status] = await cost(advanced.traceId, /update "booking"/);
  }
  return costs;
}

const stage = { statements: 3, trips: 2 };
const BUDGETS: Record<string, Cost> = {
  price: { statements: 1, trips: 1 },
  quote: { statements: 1, trips: 1 },
  booking: { statements: 7, trips: 3 },
  nomination: { statements: 4, trips: 3 },
  offer: { statements: 13, trips: 6 },
  acceptance: { statements: 5, trips: 4 },
  trip: { statements: 4, trips: 3 },
  ...Object.fromEntries(STAGES.map((status) => [status, stage])),
  Delivered: { statements: 4, trips: 3 },
};

test('a booking’s life keeps within its statements, and, once connections have prepared them, within its trips', async () => {
  await eventually(async () => expect(await live()).toEqual(BUDGETS), LONG_WAIT_MS);
});
