import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { authSettings, DEVELOPMENT_SECRET } from './config.ts';

const pem = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) => key.export({ type: 'spki', format: 'pem' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');
const privatePem = (key: typeof rsa.privateKey) => String(key.export({ type: 'pkcs8', format: 'pem' }));

const SECRET = { JWT_SECRET: 's'.repeat(32) };
const PRODUCTION_JWKS = {
  NODE_ENV: 'production',
  JWT_JWKS_URL: 'https://issuer.example/jwks.json',
  JWT_ISSUER: 'https://issuer.example/',
  JWT_AUDIENCE: 'logi',
};

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
  ['an RSA key of 1024 bits', { JWT_PUBLIC_KEY: pem(weakRsa.publicKey) }, 'JWT_PUBLIC_KEY'],
  ['a private RSA key', { JWT_PUBLIC_KEY: privatePem(rsa.privateKey) }, 'JWT_PUBLIC_KEY'],
  ['a private P-256 key', { JWT_PUBLIC_KEY: privatePem(p256.privateKey) }, 'JWT_PUBLIC_KEY'],
  ['a previous secret of 31 bytes', { ...SECRET, JWT_SECRET_PREVIOUS: 's'.repeat(31) }, 'JWT_SECRET_PREVIOUS'],
  ['a previous secret alone', { JWT_SECRET_PREVIOUS: 's'.repeat(32) }, 'JWT_SECRET_PREVIOUS'],
  [
    'a previous secret beside a public key',
    { JWT_PUBLIC_KEY: pem(p256.publicKey), JWT_SECRET_PREVIOUS: 's'.repeat(32) },
    'JWT_SECRET_PREVIOUS',
  ],
  [
    'the development secret as the previous one',
    { ...SECRET, JWT_SECRET_PREVIOUS: DEVELOPMENT_SECRET },
    'JWT_SECRET_PREVIOUS',
  ],
  ['a lifetime of no seconds', { ...SECRET, MAX_TOKEN_LIFETIME_SECONDS: '0' }, 'MAX_TOKEN_LIFETIME_SECONDS'],
  ['a JWKS by plain HTTP in production', { ...PRODUCTION_JWKS, JWT_JWKS_URL: 'http://a.example' }, 'JWT_JWKS_URL'],
  ['a JWKS without an issuer in production', { ...PRODUCTION_JWKS, JWT_ISSUER: undefined }, 'JWT_ISSUER'],
  ['a JWKS without an audience in production', { ...PRODUCTION_JWKS, JWT_AUDIENCE: undefined }, 'JWT_AUDIENCE'],
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
  ['a secret with the one before it', { ...SECRET, JWT_SECRET_PREVIOUS: 'p'.repeat(32) }, 'secret'],
  ['a JWKS with issuer and audience', PRODUCTION_JWKS, 'jwks'],
])('%s is taken, also in production', (_name, env, kind) => {
  const { keys, usesDevelopmentSecret } = authSettings.parse({ NODE_ENV: 'production', ...env });
  expect({ kind: keys.kind, usesDevelopmentSecret }).toEqual({ kind, usesDevelopmentSecret: false });
});

test('outside production a JWKS may be one of a first look: plain, and of whatever issuer', () => {
  expect(authSettings.parse({ JWT_JWKS_URL: 'http://localhost/jwks.json' })).toMatchObject({ keys: { kind: 'jwks' } });
});

test('all that a JWKS lacks for production is said at once', () => {
  const parsed = authSettings.safeParse({ NODE_ENV: 'production', JWT_JWKS_URL: 'http://a.example' });
  const settings = parsed.error?.issues.map((issue) => issue.path.join('.'));
  expect(settings).toEqual(['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE']);
});

test('with nothing set, the development secret is used and known to be', () => {
  expect(authSettings.parse({})).toMatchObject({ keys: { kind: 'secret' }, usesDevelopmentSecret: true });
});
