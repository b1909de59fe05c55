import { expect, test } from '@jest/globals';
import { percentile } from './figures.ts';

test('a percentile is the smallest value that this share does not exceed', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 20, 21, 50, 80, 99, 100].map((percent) => percentile(values, percent))).toEqual([1, 1, 2, 3, 4, 5, 5]);
  expect(percentile([7], 50)).toBe(7);
  expect(percentile([], 50)).toBeUndefined();
});
