import { expect, test } from '@jest/globals';
import { Shares, shareOut } from './shares.ts';

const batchOf = (id: string) => ({ sender: { principal: { id } }, points: [{}] });

test('however many wait, what does not fit is left in the order in which it came', () => {
  const waiting = Array.from({ length: 1_000_000 }, (_, n) => batchOf(`driver ${n % 7}`)); // as many as may be buffered
  const { next, left } = shareOut(waiting, { most: 5, mostOfDriver: 1 });
  expect(next).toEqual(waiting.slice(0, 5));
  expect(left.length).toBe(waiting.length - 5);
  expect(left[0]).toBe(waiting[5]);
  expect(left.at(-1)).toBe(waiting.at(-1));
});

test('what a driver has beyond a share makes it no fuller for the others, and has to go before there is room', () => {
  const shares = new Shares(10);
  shares.take('hasty', 35);
  shares.take('calm', 1);
  expect(shares.within).toBe(11);
  expect(shares.roomFor('hasty')).toBeDefined();
  expect(shares.roomFor('calm')).toBeUndefined();
  shares.giveBack('hasty', 20);
  expect(shares.within).toBe(11);
  shares.giveBack('hasty', 12);
  expect(shares.within).toBe(4);
  expect(shares.roomFor('hasty')).toBeUndefined();
});
