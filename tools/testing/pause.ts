import { setTimeout } from 'node:timers/promises';

/** Waits, but not longer than until the signal; look at the signal to know which it was. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, signal ? { signal } : {}).catch((err: unknown) => {
    if (!signal?.aborted) throw err;
  });
}

/** Waits for the work, but not longer than so long, nor than until the signal. */
export async function atMost(ms: number, work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const isDone = new AbortController();
  try {
    await Promise.race([work, pause(ms, AbortSignal.any([signal, isDone.signal]))]);
  } finally {
    isDone.abort(); // or the timer would keep the process
  }
}
