import { expect, test } from '@jest/globals';
import { destinationOf } from './destinations.ts';

const addresses = { BOOKING_URL: 'http://b', TRACKING_URL: 'http://t', GATEWAY_URL: 'http://g' };

test.each([
  ['/booking/v1/bookings?limit=1&cursor=a?b', 'http://b', '/v1/bookings?limit=1&cursor=a?b'],
  ['/tracking/v1/drivers/a%2F..%2Fb', 'http://t', '/v1/drivers/a%2F..%2Fb'],
  ['/tracking/v1/drivers/...', 'http://t', '/v1/drivers/...'],
  ['/gateway/docs', 'http://g', '/docs'],
  ['/gateway/docs/page.js', 'http://g', '/docs/page.js'],
  ['/booking/openapi.json', 'http://b', '/openapi.json'],
  ['/ws?token=x', 'http://g', '/ws?token=x'],
])('%s goes on', (target, origin, path) => {
  expect(destinationOf(target, addresses)).toMatchObject({ origin, path });
});

test.each([
  ...[
    '/booking/metrics',
    '/booking/v1',
    '/booking/docsx',
    '/booking/openapi.json/',
    '/ws/',
    '/wsx',
    '/v1/bookings',
    '',
  ],
  ...['/booking/v1/../metrics', '/booking/v1/%2E%2e/metrics', '/booking/v1/.', '/booking/v1/%2e', '/x/booking/v1/a'],
  ...['http://evil/booking/v1/a', '//evil/booking/v1/a', '/booking\\v1/a'],
])('%j goes nowhere', (target) => {
  expect(destinationOf(target, addresses)).toBeUndefined();
});
