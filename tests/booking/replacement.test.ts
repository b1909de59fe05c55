import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { actors, BERLIN, north } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  system = await startSystem({ STALL_WARN_AFTER_MS: '500', STALL_REPLACE_AFTER_MS: '1500', SIGNAL_SWEEP_MS: '50' });
  act = actors(system);
});
afterAll(() => system.stop());

test('a driver who does not come to the pickup is replaced, and not asked again', async () => {
  await act.goOnDuty('idler', north(BERLIN, 1_500));
  const { booking_id } = await act.book('ana', { pickup: BERLIN });
  expect(await act.askedDriver(booking_id)).toBe('idler');
  expect((await act.accept('idler', booking_id)).status).toBe(200);
  await eventually(async () => expect((await act.show(booking_id)).status).toBe('Searching'));
  expect((await act.history(booking_id)).at(-1)).toMatchObject({
    from: 'Accepted',
    to: 'Searching',
    actor: { role: 'system', id: 'dispatch' },
    reason: 'driver_not_approaching',
  });
  await act.goOnDuty('helper', north(BERLIN, 3_000));
  await eventually(async () => expect(await act.askedDriver(booking_id)).toBe('helper'));
});
