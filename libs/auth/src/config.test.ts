import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { authSettings, DEVELOPMENT_SECRET } from './config.ts';

const pem = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) => key.export({ type: 'spki', format: 'pem' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');

test.each([
  ['a secret of 31 bytes', { JWT_SECRET: 's'.repeat(31) }, 'JWT_SECRET'],
  ['the development secret in production', { NODE_ENV: 'production', JWT_SECRET: DEVELOPMENT_SECRET }, 'JWT_SECRET'],
  ['no key at all in production', { NODE_ENV: 'production' }, 'JWT_SECRET'],
  ['a secret and a JWKS', { JWT_SECRET: 's'.repeat(32), JWT_JWKS_URL: 'https://issuer.example/jwks' }, 'JWT_SECRET'],
  ['a public key and a JWKS', { JWT_PUBLIC_KEY: pem(p256.publicKey), JWT_JWKS_URL: 'https://a.example' }, 'JWT_SECRET'],
  ['a secret and a public key', { JWT_SECRET: 's'.repeat(32), JWT_PUBLIC_KEY: pem(p256.publicKey) }, 'JWT_SECRET'],
  ['a JWKS that is no HTTP address', { JWT_JWKS_URL: 'file:///etc/passwd' }, 'JWT_JWKS_URL'],
  ['a public key that is no PEM', { JWT_PUBLIC_KEY: 'secret' }, 'JWT_PUBLIC_KEY'],
  ['an elliptic key of another curve than P-256', { JWT_PUBLIC_KEY: pem(p384.publicKey) }, 'JWT_PUBLIC_KEY'],
  ['an Ed25519 key', { JWT_PUBLIC_KEY: pem(ed25519.publicKey) }, 'JWT_PUBLIC_KEY'],
])('%s is refused, and the setting at fault is named', (_name, env, setting) => {
  const parsed = authSettings.safeParse(env);
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([setting]);
});

test.each([
  ['a secret of 32 bytes', { JWT_SECRET: 's'.repeat(32) }, 'secret'],
  ['a secret of 32 bytes in fewer characters', { JWT_SECRET: 'ü'.repeat(16) }, 'secret'],
  ['an RSA key', { JWT_PUBLIC_KEY: pem(rsa.publicKey) }, 'public'],
  ['a P-256 key', { JWT_PUBLIC_KEY: pem(p256.publicKey) }, 'public'],
  [
    'a PEM on one line, as environment files carry it',
    { JWT_PUBLIC_KEY: String(pem(rsa.publicKey)).replaceAll('\n', '\\n') },
    'public',
  ],
  ['a JWKS', { JWT_JWKS_URL: 'https://issuer.example/.well-known/jwks.json' }, 'jwks'],
])('%s is taken, also in production', (_name, env, kind) => {
  const { keys, usesDevelopmentSecret } = authSettings.parse({ NODE_ENV: 'production', ...env });
  expect({ kind: keys.kind, usesDevelopmentSecret }).toEqual({ kind, usesDevelopmentSecret: false });
});

test('with nothing set, the development secret is used and known to be', () => {
  expect(authSettings.parse({})).toMatchObject({ keys: { kind: 'secret' }, usesDevelopmentSecret: true });
});
