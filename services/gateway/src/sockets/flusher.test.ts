import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Flusher } from './flusher.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

type Load = { sockets: number; messagesEach: number };

/** How long whoever comes right after a pass that wrote so much waits for the next one, when so many others come, too. */
function restAfter({ sockets, messagesEach }: Load, others = 0): number {
  const flusher = new Flusher();
  const add = (count: number) => {
    for (let i = 0; i < count; i += 1) flusher.add({ flush: () => messagesEach });
  };
  add(sockets);
  jest.advanceTimersByTime(1);
  const passedAt = performance.now();
  let restMs = Number.NaN;
  const flush = () => {
    restMs = performance.now() - passedAt;
    return 1;
  };
  flusher.add({ flush });
  add(others);
  jest.advanceTimersByTime(1_000);
  return restMs;
}

test('one socket delays nobody', () => {
  expect(restAfter({ sockets: 1, messagesEach: 1 })).toBeLessThan(1);
});

test('the more sockets a pass wrote to, the longer messages gather for the next, and never for long', () => {
  expect(restAfter({ sockets: 200, messagesEach: 1 }, 200)).toBeLessThanOrEqual(10);
  expect(restAfter({ sockets: 100_000, messagesEach: 1 }, 100_000)).toBeLessThanOrEqual(50);
});

test('they gather for longer while each socket is written several at a time', () => {
  const others = 200;
  const few = restAfter({ sockets: 200, messagesEach: 1 }, others);
  expect(restAfter({ sockets: 200, messagesEach: 3 }, others)).toBeGreaterThan(few + 40);
  expect(restAfter({ sockets: 200, messagesEach: 1_000 }, others)).toBeLessThanOrEqual(200);
});

test('who comes when a backlog is over does not wait as if it went on', () => {
  expect(restAfter({ sockets: 200, messagesEach: 1_000 })).toBeLessThanOrEqual(10);
});
