import { expect, test } from '@jest/globals';
import { environmentFor } from './service-environment.ts';

const OURS = {
  ...{ PATH: '/bin', TZ: 'UTC', NODE_ENV: 'production', LOG_LEVEL: 'debug', JWT_SECRET_FILE: '/keys/jwt' },
  ...{ ROUTING_URL: 'http://routes', MAX_FRAME_BYTES: '4096' },
  ...{ AWS_SECRET_ACCESS_KEY: 'x', POSTGRES_PASSWORD: 'x', BOOKING_PASSWORD: 'x', npm_config_token: 'x' },
};

test('a service is given its own settings and those of the machine, and nobody else’s secrets', () => {
  const forAll = { PATH: '/bin', TZ: 'UTC', NODE_ENV: 'production', LOG_LEVEL: 'debug', JWT_SECRET_FILE: '/keys/jwt' };
  expect(environmentFor('booking', OURS)).toEqual({ ...forAll, ROUTING_URL: 'http://routes' });
  expect(environmentFor('gateway', OURS)).toEqual({ ...forAll, MAX_FRAME_BYTES: '4096' });
  expect(environmentFor('tracking', OURS)).toEqual(forAll);
});
