import { expect, test } from '@jest/globals';
import { approach } from './approach.ts';

const stageAt = (stage: number, distance: number) => approach({ stage, closestMeters: null }, distance).stage;

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
  const from = { stage: 0, closestMeters: 1_000 };
  expect(approach(from, 949)).toMatchObject({ isProgress: true, closestMeters: 949 });
  expect(approach(from, 950)).toMatchObject({ isProgress: false, closestMeters: 1_000 });
  expect(approach(from, 2_000)).toMatchObject({ isProgress: false, closestMeters: 1_000 });
});

test.each([
  [869, 80, true],
  [870, 80, false],
  [2_000, 100, false],
])(
  'a fix at %i m, exact to %i m, is progress only if at its worst it is nearer by more than 50 m',
  (distance, accuracy, isProgress) => {
    const closestMeters = isProgress ? distance + accuracy : 1_000;
    expect(approach({ stage: 0, closestMeters: 1_000 }, distance, accuracy)).toEqual({
      stage: 0,
      closestMeters,
      isProgress,
    });
  },
);

test.each([
  [0, 30, 50, 3],
  [0, 30, 51, 0],
  [3, 2_000, 50, 0],
  [3, 2_000, 51, 3],
])('from stage %i, a fix at %i m that is exact to %i m leads to stage %i', (stage, distance, accuracy, expected) => {
  expect(approach({ stage, closestMeters: null }, distance, accuracy).stage).toBe(expected);
});
