import { setTimeout as sleep } from 'node:timers/promises';
import { readMetric } from '../../testing/read-metric.ts';
import type { Instance } from '../stack/instance.ts';

const SAMPLE_EVERY_MS = 1_000;
const MEGABYTE = 2 ** 20;

/**
 * By how many megabytes what a process holds grew while this went on, from its first third to its last; of the process
 * that grew most. What it holds is the least of heap and buffers over a while: in between is what waits for collection.
 * Its resident size would tell of V8, which gives a process 100 MB more room over its first minutes.
 */
export async function memoryGrowth(instances: readonly Instance[], during: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = during.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined); // thrown where it is awaited
  const samples = instances.map((): number[] => []);
  while (!isOver) {
    const now = await Promise.all(instances.map(usedMegabytes));
    for (const [index, used] of now.entries()) if (used > 0) samples[index]?.push(used);
    await Promise.race([sleep(SAMPLE_EVERY_MS), over]);
  }
  return Math.max(...samples.map(growthOf));
}

function growthOf(samples: readonly number[]): number {
  const third = Math.ceil(samples.length / 3);
  return third === 0 ? 0 : Math.min(...samples.slice(-third)) - Math.min(...samples.slice(0, third));
}

/** 0 when it does not say. */
async function usedMegabytes({ url }: Instance): Promise<number> {
  const names = ['nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'];
  const used = await Promise.all(names.map((name) => readMetric(url, name))).catch(() => [0]);
  return used.reduce((sum, bytes) => sum + bytes, 0) / MEGABYTE;
}
