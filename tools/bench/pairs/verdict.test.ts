import { expect, test } from '@jest/globals';
import { judgePairs } from './verdict.ts';

const pairsOf = (...ratios: number[]) => ratios.map((ratio) => ({ older: { cpu: 10 }, newer: { cpu: 10 * ratio } }));
const word = (...ratios: number[]) => judgePairs(pairsOf(...ratios), 1.05)[0]?.word;

test('nine pairs that agree say so, and one that was disturbed changes nothing', () => {
  expect(word(1.01, 1.02, 1.03, 1.0, 1.02, 1.03, 1.04, 1.01, 3)).toBe('within');
  expect(word(1.2, 1.3, 1.1, 1.2, 1.2, 1.3, 1.4, 1.2, 0.5)).toBe('worse');
  expect(word(0.5, 0.6, 0.7, 0.6, 0.5, 0.6, 0.6, 0.7, 1.5)).toBe('better');
});

test('where the pairs contradict each other nothing is claimed', () => {
  expect(word(0.8, 1.3, 0.9, 1.2, 1.0, 1.1, 0.7, 1.4, 1.0)).toBe('noise');
});

test('few pairs show little: all of them count', () => {
  expect(word(1, 1, 1.3)).toBe('noise');
  expect(judgePairs(pairsOf(1, 1.1, 1.3), 1.05)[0]).toMatchObject({ low: 1, ratio: 1.1, high: 1.3 });
});

test('the medians and the range of the ratios are told for each figure', () => {
  const pairs = pairsOf(0.9, 1, 1.1).map(({ older, newer }) => ({
    older: { ...older, ms: 2 },
    newer: { ...newer, ms: 4 },
  }));
  expect(judgePairs(pairs, 1.05)).toMatchObject([
    { figure: 'cpu', older: 10, newer: 10, ratio: 1, low: 0.9, high: 1.1 },
    { figure: 'ms', older: 2, newer: 4, ratio: 2, low: 2, high: 2, word: 'worse' },
  ]);
});
