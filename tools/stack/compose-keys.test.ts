import { expect, test } from '@jest/globals';
import { type KeptKeys, makeKeys } from './compose-keys.ts';

function secrets(): () => string {
  let made = 0;
  return () => `made-${++made}`;
}

const make = (env: Record<string, string> = {}, kept: KeptKeys = { passwords: {} }) =>
  makeKeys(env, { kept, newSecret: secrets() });

test('what nobody has set is made once: each account has a password of its own, and keeps it', () => {
  const first = make();
  const passwords = Object.values(first.keep.passwords);
  expect(new Set(passwords).size).toBe(6);
  expect(make({}, first.keep)).toEqual(first);
});

test('what is set wins, and is kept, since the servers keep it, too', () => {
  const { keep, files } = make({ POSTGRES_PASSWORD: 'p@ss/word' });
  expect(files['postgres/password']).toBe('p@ss/word');
  expect(files['migrate/database_url']).toBe('postgres://logi:p%40ss%2Fword@postgres/logi');
  expect(make({}, keep).files['postgres/password']).toBe('p@ss/word');
});

test('a service finds its own keys and nobody else’s', () => {
  const { keep, files } = make({ JWT_SECRET: 'signs' });
  const { booking = '', ...others } = keep.passwords;
  const ofBooking = Object.entries(files).filter(([path]) => path.startsWith('booking/'));
  const text = JSON.stringify(ofBooking);
  expect(text).toContain(booking);
  for (const password of Object.values(others)) expect(text).not.toContain(password);
});

test.each<[name: string, env: Record<string, string>, secret: 'given' | 'made' | 'none']>([
  ['one’s own machine', {}, 'none'],
  ['a loopback address', { PUBLISH_ADDRESS: '127.0.0.1' }, 'none'],
  ['every address of the machine', { PUBLISH_ADDRESS: '0.0.0.0' }, 'made'],
  ['one address of the machine', { PUBLISH_ADDRESS: '192.0.2.1' }, 'made'],
  ['a proxy that others can reach', { TLS_ADDRESS: '0.0.0.0' }, 'made'],
  ['production', { NODE_ENV: 'production' }, 'made'],
  ['others, with a secret that was set', { PUBLISH_ADDRESS: '0.0.0.0', JWT_SECRET: 'given' }, 'given'],
  ['others, with the keys of an issuer', { PUBLISH_ADDRESS: '0.0.0.0', JWT_JWKS_URL: 'https://a.example' }, 'none'],
  ['others, with a public key', { PUBLISH_ADDRESS: '0.0.0.0', JWT_PUBLIC_KEY: 'PEM' }, 'none'],
])('for %s the tokens’ secret is as it should be', (_name, env, secret) => {
  const { keep, files } = make(env);
  const wanted = { given: 'given', made: keep.jwtSecret, none: '' }[secret];
  for (const service of ['booking', 'tracking', 'gateway', 'operations'])
    expect(files[`${service}/jwt_secret`]).toBe(wanted);
});

test('all services have one key by which they know the operations service, and keep it', () => {
  const { keep, files } = make();
  const keys = ['booking', 'tracking', 'gateway', 'operations'].map((service) => files[`${service}/forwarding_key`]);
  expect(new Set(keys)).toEqual(new Set([keep.forwardingKey]));
  expect(make({}, keep).keep.forwardingKey).toBe(keep.forwardingKey);
  expect(make({ FORWARDING_KEY: 'given' }).files['gateway/forwarding_key']).toBe('given');
});
