import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { act, book } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* What one person may not learn of another. */

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

test('users are told that an admin did something, and not who; admins are told who', async () => {
  const { booking_id } = await book(system, 'ana');
  const cancelled = await act(system, { role: 'admin', id: 'mallory of support' }, booking_id, 'cancel');
  expect(cancelled.status).toBe(200);
  const historyFor = async (role: 'user' | 'admin', id: string) => {
    const url = `${system.bookingUrl}/v1/bookings/${booking_id}/events`;
    const { body } = await call('GET', url, { token: system.token(role, id) });
    return body.items.map(({ actor }: { actor: object }) => actor);
  };
  expect(await historyFor('user', 'ana')).toEqual([
    { role: 'user', id: 'ana' },
    { role: 'admin', id: null },
  ]);
  expect(await historyFor('admin', 'ops')).toEqual([
    { role: 'user', id: 'ana' },
    { role: 'admin', id: 'mallory of support' },
  ]);
});
