import { expect, test } from '@jest/globals';
import { createRandom } from './random.ts';

const draw = (seed: string, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, random.next);
};

test('the same seed decides the same, another otherwise', () => {
  expect(draw('1', 20)).toEqual(draw('1', 20));
  expect(draw('1', 20)).not.toEqual(draw('2', 20));
});

test('a fork does not depend on what was drawn before it', () => {
  const random = createRandom('1');
  const before = random.fork('ada').next();
  random.next();
  expect(random.fork('ada').next()).toBe(before);
  expect(random.fork('ben').next()).not.toBe(before);
});

test('numbers are spread evenly, also over the first ones of many forks', () => {
  const random = createRandom('1');
  const firsts = Array.from({ length: 10_000 }, (_, index) => random.fork(`demo-${index}`).next());
  for (const numbers of [firsts, draw('1', 10_000)]) {
    const tenths = Array.from({ length: 10 }, (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length);
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  }
});
