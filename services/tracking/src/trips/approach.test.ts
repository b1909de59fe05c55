import { expect, test } from '@jest/globals';
import { approach } from './approach.ts';

const START = new Date('2026-06-01T12:00:00.000Z');
const after = (seconds: number, accuracy: number | null = null) => ({
  accuracy,
  recordedAt: new Date(START.getTime() + seconds * 1_000),
});
const from = (stage: number, closestMeters: number | null) => ({ stage, closestMeters, closestAt: START });
const stageAt = (stage: number, distance: number) => approach(from(stage, null), distance, after(1)).stage;

test.each([
  [0, 501, 0],
  [0, 500, 1],
  [1, 101, 1],
  [1, 100, 2],
  [2, 41, 2],
  [2, 40, 3],
  [0, 10, 3],
])('from stage %i, at %i m, a driver is at stage %i', (stage, distance, expected) => {
  expect(stageAt(stage, distance)).toBe(expected);
});

test.each([
  [1, 750, 1],
  [1, 751, 0],
  [2, 150, 2],
  [2, 151, 1],
  [3, 60, 3],
  [3, 61, 2],
  [3, 2_000, 0],
])('stage %i is left beyond its edge only: at %i m it is %i', (stage, distance, expected) => {
  expect(stageAt(stage, distance)).toBe(expected);
});

test('a receiver that wanders over the edge reaches the stage once', () => {
  let stage = 0;
  let reached = 0;
  for (const distance of [520, 499, 503, 498, 640, 500, 749, 480]) {
    const next = stageAt(stage, distance);
    if (next > stage) reached += 1;
    stage = next;
  }
  expect(reached).toBe(1);
});

test('coming nearer by more than 50 m is progress, by 50 m or away it is none', () => {
  expect(approach(from(0, 1_000), 949, after(10))).toMatchObject({ isProgress: true, closestMeters: 949 });
  expect(approach(from(0, 1_000), 950, after(10))).toMatchObject({ isProgress: false, closestMeters: 1_000 });
  expect(approach(from(0, 1_000), 2_000, after(10))).toMatchObject({ isProgress: false, closestMeters: 1_000 });
});

test('progress counts from where the driver was at most two minutes ago, not from the nearest ever', () => {
  const back = approach(from(0, 1_000), 3_000, after(120));
  expect(back).toMatchObject({ isProgress: false, closestMeters: 1_000 });
  const later = approach(back, 3_500, after(121));
  expect(later).toMatchObject({ isProgress: false, closestMeters: 3_500, closestAt: after(121).recordedAt });
  expect(approach(later, 3_440, after(130))).toMatchObject({ isProgress: true, closestMeters: 3_440 });
});

test.each([
  ['away all the time', (seconds: number) => 1_000 + seconds * 9, 1],
  ['nowhere', () => 4_000, 1],
  ['steadily nearer after one glitch on the goal', (seconds: number) => (seconds === 60 ? 0 : 9_000 - seconds * 9), 40],
])('who goes %s for ten minutes', (_how, distanceAt, leastProgress) => {
  let state = from(0, null);
  let progress = 0;
  for (let seconds = 0; seconds <= 600; seconds += 5) {
    const { isProgress, ...next } = approach(state, distanceAt(seconds), after(seconds));
    state = { ...next, stage: 0, closestAt: next.closestAt ?? START };
    if (isProgress) progress += 1;
  }
  if (leastProgress === 1) expect(progress).toBe(1);
  else expect(progress).toBeGreaterThanOrEqual(leastProgress);
});

test.each([
  [869, 80, true],
  [870, 80, false],
  [2_000, 100, false],
])(
  'a fix at %i m, exact to %i m, is progress only if at its worst it is nearer by more than 50 m',
  (distance, accuracy, isProgress) => {
    expect(approach(from(0, 1_000), distance, after(10, accuracy))).toMatchObject({
      stage: 0,
      closestMeters: isProgress ? distance : 1_000,
      isProgress,
    });
  },
);

test('a phone that is now exact and now not makes no progress while its driver stands, however long', () => {
  let state = from(0, 1_000);
  for (let seconds = 5; seconds <= 1_200; seconds += 5) {
    const { isProgress, ...next } = approach(state, 1_000, after(seconds, seconds % 2 === 0 ? 5 : 150));
    state = { ...next, closestAt: next.closestAt ?? START };
    expect(isProgress).toBe(false);
  }
});

test.each([
  [0, 30, 50, 3],
  [0, 30, 51, 0],
  [3, 2_000, 50, 0],
  [3, 2_000, 51, 3],
])('from stage %i, a fix at %i m that is exact to %i m leads to stage %i', (stage, distance, accuracy, expected) => {
  expect(approach(from(stage, null), distance, after(1, accuracy)).stage).toBe(expected);
});
