import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Flusher } from './flusher.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** How long whoever comes right after a pass waits for the next one, when so many sockets were written so much each. */
function restAfter({ sockets, messagesEach }: { sockets: number; messagesEach: number }): number {
  const flusher = new Flusher();
  for (let i = 0; i < sockets; i += 1) flusher.add({ flush: () => messagesEach });
  jest.advanceTimersByTime(1);
  const passedAt = performance.now();
  let restMs = Number.NaN;
  const flush = () => {
    restMs = performance.now() - passedAt;
    return 1;
  };
  flusher.add({ flush });
  jest.advanceTimersByTime(1_000);
  return restMs;
}

test('one socket delays nobody', () => {
  expect(restAfter({ sockets: 1, messagesEach: 1 })).toBeLessThan(1);
});

test('the more sockets a pass wrote to, the longer messages gather for the next, and never for long', () => {
  expect(restAfter({ sockets: 200, messagesEach: 1 })).toBeLessThanOrEqual(10);
  expect(restAfter({ sockets: 100_000, messagesEach: 1 })).toBeLessThanOrEqual(50);
});

test('they gather for longer while each socket is written several at a time', () => {
  const few = restAfter({ sockets: 200, messagesEach: 1 });
  expect(restAfter({ sockets: 200, messagesEach: 3 })).toBeGreaterThan(few + 40);
  expect(restAfter({ sockets: 200, messagesEach: 1_000 })).toBeLessThanOrEqual(200);
});
