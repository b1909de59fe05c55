import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Clock, hearClock, RIGHT_CLOCK } from './clock.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;

/** Receipts at seconds from now on, each with how many seconds ago its newest fix is by the device, and was sent. */
type Receipt = [atSeconds: number, agoSeconds: number, sentAgoSeconds?: number];

function hear(receipts: readonly Receipt[], from: Clock = RIGHT_CLOCK): Clock {
  return receipts.reduce((clock, [atSeconds, ago, sentAgo]) => {
    const receivedAt = NOW + atSeconds * 1_000;
    const sentAt = sentAgo === undefined ? null : receivedAt - sentAgo * 1_000;
    return hearClock(clock, { newest: receivedAt - ago * 1_000, sentAt, receivedAt });
  }, from);
}

test.each<[what: string, receipts: Receipt[], offsetSeconds: number]>([
  [
    'a right clock',
    [
      [0, 0],
      [10, 1],
      [20, 3],
      [30, 0],
    ],
    0,
  ],
  ['a lead', [[0, -90]], -90],
  ['a lead of a day', [[0, -86_400]], -86_400],
  [
    'a lead that grows',
    [
      [0, -90],
      [10, -95],
    ],
    -95,
  ],
  ['hardly a lead', [[0, -2]], 0],
  [
    'a fast clock, and then one that is right',
    [
      [0, -55],
      [5, 0],
    ],
    0,
  ],
  [
    'a fast clock whose phone was offline',
    [
      [0, -90],
      [10, 510],
    ],
    -90,
  ],
  [
    'a lag, twice',
    [
      [0, 150],
      [15, 150],
    ],
    0,
  ],
  [
    'a lag, three times',
    [
      [0, 150],
      [10, 150],
      [20, 150],
    ],
    150,
  ],
  [
    'a lag, three times within 20 s',
    [
      [0, 150],
      [9, 150],
      [19, 150],
    ],
    0,
  ],
  [
    'a lag, many times in 20 s',
    [
      [0, 150],
      [5, 151],
      [10, 149],
      [15, 150],
      [20, 150],
    ],
    150,
  ],
  [
    'a lag of a day',
    [
      [0, 86_400],
      [10, 86_400],
      [20, 86_400],
    ],
    86_400,
  ],
  [
    'a lag of more',
    [
      [0, 90_000],
      [10, 90_000],
      [20, 90_000],
    ],
    0,
  ],
  [
    'the same old fix again and again',
    [
      [0, 60],
      [10, 70],
      [20, 80],
      [30, 90],
      [40, 100],
    ],
    0,
  ],
  [
    'a backlog that catches up',
    [
      [0, 3_600],
      [10, 3_000],
      [20, 2_400],
      [30, 1_800],
    ],
    0,
  ],
  ['a slow clock that says when it sends', [[0, 150, 150]], 150],
  ['a slow clock that says when it sends a backlog', [[0, 3_750, 150]], 150],
  [
    'a right clock that says when it sends a backlog',
    [
      [0, 3_600, 0],
      [10, 3_600, 0],
      [20, 3_600, 0],
    ],
    0,
  ],
  [
    'a slow clock that is set right',
    [
      [0, 150],
      [10, 150],
      [20, 150],
      [30, 0],
    ],
    0,
  ],
  [
    'a fast clock that is set to lag',
    [
      [0, -90],
      [10, 60],
      [20, 60],
      [30, 60],
    ],
    60,
  ],
])('%s', (_what, receipts, offsetSeconds) => {
  expect(hear(receipts).offsetMs).toBe(offsetSeconds * 1_000);
});

test('a constant lag of up to a day is right from the third receipt on, a lead at once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -DAY_MS, max: DAY_MS }),
      fc.array(fc.integer({ min: 10_000, max: 60_000 }), { minLength: 2, maxLength: 20 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })),
      (lagMs, gaps, delays) => {
        let clock = RIGHT_CLOCK;
        let receivedAt = NOW;
        const isHarmless = lagMs > 0 && lagMs < 11_000;
        for (const [index, gap] of [0, ...gaps].entries()) {
          receivedAt += gap;
          const [delay = 0] = delays.take(1);
          const newest = receivedAt - delay - lagMs;
          clock = hearClock(clock, { newest, sentAt: null, receivedAt });
          const errorMs = Math.abs(newest + clock.offsetMs - (receivedAt - delay));
          if (lagMs < 0 || index >= 2) expect(errorMs).toBeLessThanOrEqual(isHarmless ? 12_000 : 4_000);
        }
      },
    ),
  );
});
