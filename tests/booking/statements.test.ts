import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BookingStatus, Principal } from '@logi/contracts';
import { requestsTo } from '../../tools/testing/people/requests.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { bookingBody, goOnDuty } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { type Asked, noteStatements } from '../support/statements.ts';

/*
 * Each statement is a trip to the database while rows are locked, and a good part of what a booking costs. Whoever needs
 * one more raises the budget here, and says so.
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

const ana: Principal = { role: 'user', id: 'ana' };
const dro: Principal = { role: 'driver', id: 'dro' };

/** As somebody asks it; what was asked of the database for it, and for all that follows it. */
async function ask({ role, id }: Principal, request: { method: string; url: string; body?: object }) {
  const traceId = randomBytes(16).toString('hex');
  const answer = await call(request.method, request.url, {
    token: system.token(role, id),
    body: request.body,
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
  });
  expect(answer.status).toBeLessThan(300);
  return { body: answer.body, transactions: () => noted.of(traceId) };
}

/** How many statements the transaction has that does this. */
function count(transactions: Asked[], what: RegExp): number {
  const found = transactions.filter((asked) => asked.some((text) => what.test(text)));
  expect(found).toHaveLength(1);
  return found[0]?.length ?? 0;
}

const total = (transactions: Asked[]) => transactions.reduce((sum, asked) => sum + asked.length, 0);

test('an estimate, a booking, its search, its acceptance and each stage keep within their statements', async () => {
  const requests = requestsTo(system);
  await goOnDuty(system, dro.id);
  const estimate = await ask(ana, requests.estimate(bookingBody()));
  expect(total(estimate.transactions())).toBeLessThanOrEqual(2);

  const booked = await ask(ana, requests.book({ ...bookingBody(), quote_id: estimate.body.quote_id }));
  const { booking_id } = booked.body;
  expect(count(booked.transactions(), /insert into "booking"/)).toBeLessThanOrEqual(7);
  await eventually(() => {
    expect(count(booked.transactions(), /insert into "offer"/)).toBeLessThanOrEqual(13);
    expect(count(booked.transactions(), / <-> /)).toBeLessThanOrEqual(4);
  });

  const accepted = await eventually(() => ask(dro, requests.act(booking_id, 'accept')));
  expect(count(accepted.transactions(), /update "booking"/)).toBeLessThanOrEqual(5);
  await eventually(() => {
    expect(count(accepted.transactions(), /insert into "trip"/)).toBeLessThanOrEqual(4);
  });

  const budgets: [BookingStatus, number][] = [
    ['En Route to Pickup', 3],
    ['Arrived at Pickup', 3],
    ['Goods Collected', 3],
    ['In Transit', 3],
    ['Arrived at Drop-off', 3],
    ['Delivered', 4],
  ];
  for (const [status, budget] of budgets) {
    const advanced = await ask(dro, requests.act(booking_id, 'status', { status }));
    expect({ status, statements: count(advanced.transactions(), /update "booking"/) }).toEqual({
      status,
      statements: budget,
    });
  }
});
