import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { authSettings, createTokenVerifier, DEVELOPMENT_SECRET } from '@logi/auth';
import { forge, hmac, keyed, secondsFromNow, unsigned } from '../../testing/forged-tokens.ts';
import { examine } from './examine.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const ISSUER = 'https://issuer.example';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const bySecret = authSettings.parse({ JWT_SECRET: SECRET, JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'logi' });

type Change = { header?: object; claims?: object };

function token({ header, claims }: Change = {}, signature = hmac(SECRET)): string {
  const payload = { sub: 'ana', role: 'user', iss: ISSUER, aud: 'logi', exp: secondsFromNow(600), ...claims };
  return forge({ header: { alg: 'HS256', typ: 'JWT', ...header }, payload, signature });
}

const REFUSED: [reason: string, token: string][] = [
  ['a token is three texts with dots between them, and this has 2: is it cut off?', token().split('.', 2).join('.')],
  ['its first part, the header, is not JSON in base64url', `x${token()}`],
  ['it is not signed at all (`alg`)', token({ header: { alg: 'none' } }, unsigned)],
  [
    'it is signed by "HS384"; tokens are checked with a secret, so HS256 it must be',
    token({ header: { alg: 'HS384' } }, hmac(SECRET, 'sha384')),
  ],
  ['`typ` is "dpop+jwt": this is a token for something else', token({ header: { typ: 'dpop+jwt' } })],
  ['it demands what Logi does not know (`crit`)', token({ header: { crit: ['exp'] } })],
  ['with another secret', token({}, hmac('another secret of more than 32 bytes'))],
  ['with the development secret, and the stack has another', token({}, hmac(DEVELOPMENT_SECRET))],
  ['with the right secret and a line end after it', token({}, hmac(`${SECRET}\n`))],
  ['it never expires: `exp` is required', token({ claims: { exp: undefined } })],
  ['`exp` is "soon": it must be a number of seconds since 1970', token({ claims: { exp: 'soon' } })],
  ['`iat` is 3 h ahead: is a clock wrong?', token({ claims: { iat: secondsFromNow(7_205) } })],
  ['`sub` must be a text of 1 to 128 characters, and is 7', token({ claims: { sub: 7 } })],
  ['`role` must be user, driver, admin, and is "Admin"', token({ claims: { role: 'Admin' } })],
  [`\`iss\` must be "${ISSUER}" (JWT_ISSUER), and is "${ISSUER}/"`, token({ claims: { iss: `${ISSUER}/` } })],
  ['`aud` must be "logi" (JWT_AUDIENCE), and is ["a"]', token({ claims: { aud: ['a'] } })],
];

test.each(REFUSED)('it is told of a token that %s', async (reason, bad) => {
  expect(examine(bad, bySecret)).toContainEqual({ isGood: false, text: reason });
  await expect(createTokenVerifier(bySecret)(bad)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('an expired token is told since when, and one in milliseconds that it is', () => {
  const now = new Date('2026-11-25T12:00:00Z');
  const at = (exp: number) => examine(token({ claims: { exp } }), bySecret, now).filter(({ isGood }) => !isGood);
  expect(at(now.getTime() / 1_000 - 10_800)).toEqual([
    { isGood: false, text: 'it expired 3 h ago, at 2026-11-25T09:00:00.000Z' },
  ]);
  expect(at(now.getTime() + 60_000)).toEqual([
    { isGood: false, text: '`exp` is after the year 9999: is it in milliseconds? It must be in seconds' },
  ]);
});

test('of a token with several faults, all are told', () => {
  const bad = examine(
    token({ claims: { role: 'boss', sub: '' } }, hmac('another secret of more than 32 bytes')),
    bySecret,
  );
  expect(bad.filter(({ isGood }) => !isGood)).toHaveLength(3);
});

test('of a good token nothing bad is said, whichever key it is checked with', async () => {
  expect(examine(token(), bySecret).every(({ isGood }) => isGood)).toBe(true);
  const pem = String(ec.publicKey.export({ type: 'spki', format: 'pem' }));
  const config = authSettings.parse({ JWT_PUBLIC_KEY: pem });
  const signed = token({ header: { alg: 'ES256' } }, keyed(ec.privateKey));
  expect(examine(signed, config).filter(({ isGood }) => !isGood)).toEqual([]);
  expect(examine(`${signed.slice(0, -4)}AAAA`, config)).toContainEqual({
    isGood: false,
    text: 'not by the private key to JWT_PUBLIC_KEY',
  });
});
