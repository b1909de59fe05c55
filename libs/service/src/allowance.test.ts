import { expect, test } from '@jest/globals';
import { firstAllowance, spend } from './allowance.ts';

const LIMITS = { maxFramesPerSecond: 10, maxBytesPerSecond: 1_000, savedSeconds: 5 };

/** How many of `frames` frames at once are let through, each so many milliseconds after the first. */
function passed(bursts: { afterMs: number; frames: number; bytes?: number }[]): number[] {
  const allowance = firstAllowance(LIMITS, 0);
  return bursts.map(({ afterMs, frames, bytes = 1 }) => {
    const results = Array.from({ length: frames }, () => spend(allowance, bytes, { now: afterMs, limits: LIMITS }));
    return results.filter(Boolean).length;
  });
}

test('a second’s worth at once is let through, one more is not', () => {
  expect(passed([{ afterMs: 0, frames: 20 }])).toEqual([10]);
  expect(passed([{ afterMs: 999, frames: 20 }])).toEqual([10]);
});

test('bytes count as frames do', () => {
  expect(passed([{ afterMs: 0, frames: 5, bytes: 400 }])).toEqual([2]);
});

test('what was held up for a while comes at once and is let through, up to what may be saved', () => {
  expect(passed([{ afterMs: 3_000, frames: 100 }])).toEqual([40]);
  expect(passed([{ afterMs: 60_000, frames: 100 }])).toEqual([50]);
});

test('whoever always sends as much as they may is never refused, however late it is read', () => {
  const second = { frames: 10 };
  expect(
    passed([
      { afterMs: 0, ...second },
      { afterMs: 1_000, ...second },
      { afterMs: 4_500, frames: 30 },
      { afterMs: 5_000, ...second },
    ]),
  ).toEqual([10, 10, 30, 10]);
});
