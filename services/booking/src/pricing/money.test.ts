import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toAmount, toMinor } from './money.ts';

test.each([
  ['EUR', 25.5],
  ['JPY', 2_550],
  ['KRW', 2_550],
  ['CLP', 2_550],
  ['KWD', 2.55],
  ['BHD', 2.55],
  ['XQZ', 25.5], // nobody's
  ['12€', 25.5], // not even a code
])('2550 minor units of %s are %d', (currency, amount) => {
  expect(toAmount(2_550, currency)).toBe(amount);
});

test('an amount is the same after being kept, in any currency', () => {
  const minors = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(minors, fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
      expect(toMinor(toAmount(minor, currency), currency)).toBe(minor);
    }),
  );
});

test('an amount with more decimals than its currency has is none', () => {
  expect([toMinor(0.5, 'JPY'), toMinor(0.005, 'EUR'), toMinor(0.0005, 'KWD')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
