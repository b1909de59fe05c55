import { expect, test } from '@jest/globals';
import { FASTER_THAN_PEOPLE } from '../../tools/testing/faster-than-people.ts';
import { call } from '../support/http.ts';
import { startSystem } from '../support/services/system.ts';

test('whoever is refused before their body has come meets no bare 503, however often they call', async () => {
  const system = await startSystem(FASTER_THAN_PEOPLE);
  const callers = Array.from({ length: 6 }, async (_, n) => {
    const token = system.token('user', `ana ${n}`);
    const statuses = new Set<number>();
    for (let i = 0; i < 100; i += 1) {
      const refused = await call('POST', `${system.bookingUrl}/v1/bookings/x/status`, {
        token,
        body: { status: 'Delivered' },
      });
      const read = await call('GET', `${system.bookingUrl}/v1/bookings`, { token });
      for (const { status } of [refused, read]) statuses.add(status);
    }
    return [...statuses].sort();
  });
  expect(await Promise.all(callers)).toEqual(callers.map(() => [200, 403]));
});
