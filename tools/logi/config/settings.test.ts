import { expect, test } from '@jest/globals';
import { SERVICES } from '@logi/contracts';
import { checkSettings } from './settings.ts';

const good = { JWT_SECRET: 'a secret of more than thirty-two bytes', ALLOWED_ORIGINS: 'https://app.example.com' };

function problems(env: Record<string, string>): string[] {
  const findings = checkSettings({ ...good, ...env }, SERVICES);
  return findings.filter(({ level }) => level !== 'good').map(({ level, text }) => `${level}: ${text}`);
}

test('settings that a service starts with are good, and servers that nobody named are not missed', () => {
  expect(problems({ GATEWAY_PORT: '9000', OFFER_TIMEOUT_MS: '20000', PATH: '/bin', TERM: '' })).toEqual([]);
});

test.each([
  [{ JWT_SECRET: 'short' }, 'bad: JWT_SECRET: must be at least 32 bytes'],
  [{ JWT_SECRET: '' }, 'odd: tokens are checked with the development secret, which everybody knows: set JWT_SECRET'],
  [
    { JWT_JWKS_URL: 'https://a.example/keys' },
    'bad: JWT_SECRET: set only one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL',
  ],
  [{ BOOKING_PORT: '8080' }, 'bad: BOOKING_PORT and GATEWAY_PORT are both 8080'],
  [{ ALLOWED_ORIGINS: '' }, 'odd: ALLOWED_ORIGINS is not set: web pages from anywhere may call'],
  [{ OFFER_TIMEOUT: '20000' }, 'odd: nothing reads OFFER_TIMEOUT: was OFFER_TIMEOUT_MS meant?'],
  [{ JWT_SERCET: 'x' }, 'odd: nothing reads JWT_SERCET: was JWT_SECRET meant?'],
])('of %j it is said what is wrong', (env, problem) => {
  expect(problems(env)).toContain(problem);
});

test('a setting out of its bounds is named, with the service that would refuse to start', () => {
  const findings = checkSettings({ ...good, MAX_FRAME_BYTES: '1', AMQP_URL: 'http://broker' }, ['gateway']);
  const bad = findings.filter(({ level, about }) => level === 'bad' && about === 'gateway').map(({ text }) => text);
  expect(bad).toEqual([expect.stringMatching(/^AMQP_URL: /), expect.stringMatching(/^MAX_FRAME_BYTES: /)]);
});

test('an origin that no browser would ever say is told from one that it says', () => {
  expect(problems({ ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173' })).toEqual([]);
  expect(problems({ ALLOWED_ORIGINS: 'ftp://app.example.com' }).join()).toMatch(/^bad: .*ftp:\/\/app\.example\.com/);
});
