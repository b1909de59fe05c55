import { expect, test } from '@jest/globals';
import { shareOut } from './shares.ts';

const batchOf = (id: string) => ({ sender: { principal: { id } }, points: [{}] });

test('however many wait, what does not fit is left in the order in which it came', () => {
  const waiting = Array.from({ length: 1_000_000 }, (_, n) => batchOf(`driver ${n % 7}`)); // as many as may be buffered
  const { next, left } = shareOut(waiting, { most: 5, mostOfDriver: 1 });
  expect(next).toEqual(waiting.slice(0, 5));
  expect(left.length).toBe(waiting.length - 5);
  expect(left[0]).toBe(waiting[5]);
  expect(left.at(-1)).toBe(waiting.at(-1));
});
