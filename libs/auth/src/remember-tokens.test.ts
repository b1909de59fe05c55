import { expect, test } from '@jest/globals';
import { rememberTokens } from './remember-tokens.ts';
import type { Identity } from './verify.ts';

function knowing(expiresAt: number) {
  const asked: string[] = [];
  const time = { now: 0 };
  const verify = rememberTokens(
    async (token): Promise<Identity> => {
      asked.push(token);
      if (token.startsWith('bad')) throw new Error('refused');
      return { principal: { role: 'user', id: token }, issuedAt: undefined, expiresAt };
    },
    () => time.now,
  );
  return { asked, time, verify };
}

test('a token that was good is not verified again for five seconds', async () => {
  const { asked, time, verify } = knowing(60_000);
  expect((await verify('ana')).principal.id).toBe('ana');
  time.now = 4_999;
  expect((await verify('ana')).principal.id).toBe('ana');
  expect((await verify('ben')).principal.id).toBe('ben');
  expect(asked).toEqual(['ana', 'ben']);
  time.now = 5_000;
  await verify('ana');
  expect(asked).toEqual(['ana', 'ben', 'ana']);
});

test('it is not remembered beyond its expiry', async () => {
  const { asked, time, verify } = knowing(1_000);
  await verify('ana');
  time.now = 1_000;
  await verify('ana');
  expect(asked).toEqual(['ana', 'ana']);
});

test('what was refused is verified each time', async () => {
  const { asked, verify } = knowing(60_000);
  for (let n = 0; n < 2; n += 1) await expect(verify('bad')).rejects.toThrow('refused');
  expect(asked).toEqual(['bad', 'bad']);
});

test('of very many the oldest are forgotten', async () => {
  const { asked, verify } = knowing(60_000);
  for (let n = 0; n <= 10_000; n += 1) await verify(`user ${n}`);
  await verify('user 1');
  expect(asked).toHaveLength(10_001);
  await verify('user 0');
  expect(asked.at(-1)).toBe('user 0');
});
