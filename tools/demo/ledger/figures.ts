import { percentile } from '../../testing/percentile.ts';

/** How often each thing happened, by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    if (count !== 0) this.#counts.set(name, this.get(name) + count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Most often first. */
  entries(): [string, number][] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

export function percentiles(values: readonly number[], percents: readonly number[]): string {
  if (values.length === 0) return 'none measured';
  const figures = percents.map((percent) => `p${percent} ${formatMs(percentile(values, percent / 100))}`);
  return `${figures.join('   ')}   (${values.length} measured)`;
}

export function formatMs(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(0)} ms`;
}
