import { expect, test } from '@jest/globals';
import { percentile } from './percentile.ts';

test('a percentile is the smallest value that this share does not exceed', () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.2, 0.21, 0.5, 0.8, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 2, 3, 4, 5, 5]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});
