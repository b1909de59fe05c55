import { expect, test } from '@jest/globals';
import { BOOKING_STATUSES } from '@logi/contracts';
import { legIn } from './leg.ts';

test('a driver is on the way to the pickup until they are there, and with the goods to the drop-off until they are there', () => {
  const legs = BOOKING_STATUSES.map((status) => [status, legIn(status)]).filter(([, leg]) => leg !== null);
  expect(Object.fromEntries(legs)).toEqual({
    Accepted: 'pickup',
    'En Route to Pickup': 'pickup',
    'Goods Collected': 'dropoff',
    'In Transit': 'dropoff',
  });
});
