import { percentile } from '../../testing/percentile.ts';

/** What one measurement says: each figure by its name, and of each less is better. */
export type Figures = Readonly<Record<string, number>>;
/** How the figures of a whole life by process begin. */
export const OF_A_LIFE = 'CPU ms of it: ';
/** By how much a figure may be worse and still be the same. */
export const LIMIT = 1.05;

export type Pair = { older: Figures; newer: Figures };

export type Verdict = {
  figure: string;
  older: number;
  newer: number;
  /** Newer by older, of each pair: a busy moment of the machine hits both sides of a pair, or shows as range. */
  ratio: number;
  low: number;
  high: number;
  word: 'within' | 'worse' | 'better' | 'noise';
};

/**
 * What pairs say of each figure. The true median of the ratios lies between the second lowest and the second highest of
 * nine with a confidence of 96 % (the sign test's interval), whatever their distribution; only when that interval is
 * on one side of the limit is anything claimed.
 *
 * @param limit how much worse is still the same: 1.05 for 5 %
 */
export function judgePairs(pairs: readonly Pair[], limit: number): Verdict[] {
  const figures = Object.keys(pairs[0]?.older ?? {});
  return figures.map((figure) => {
    const older = pairs.map((pair) => pair.older[figure] ?? Number.NaN);
    const newer = pairs.map((pair) => pair.newer[figure] ?? Number.NaN);
    const ratios = newer.map((value, index) => value / (older[index] ?? Number.NaN)).toSorted((a, b) => a - b);
    const outside = depthOf(ratios.length);
    const [low = Number.NaN, high = Number.NaN] = [ratios[outside], ratios[ratios.length - 1 - outside]];
    return {
      figure,
      older: percentile(older, 0.5),
      newer: percentile(newer, 0.5),
      ratio: percentile(ratios, 0.5),
      low,
      high,
      word: wordFor({ low, high, limit }),
    };
  });
}

/** How many of so many sorted values may be left out at each end, so that the rest holds the median with 95 %. */
function depthOf(count: number): number {
  let [outside, chance, ways] = [0, 0, 1];
  for (let k = 0; k < count / 2; k += 1) {
    chance += ways / 2 ** (count - 1);
    if (chance > 0.05) break;
    outside = k;
    ways = (ways * (count - k)) / (k + 1);
  }
  return outside;
}

function wordFor({ low, high, limit }: { low: number; high: number; limit: number }): Verdict['word'] {
  if (high < 1) return 'better';
  if (high <= limit) return 'within';
  return low > limit ? 'worse' : 'noise';
}
