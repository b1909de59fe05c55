type Stoppable = { stop(): Promise<void> };

/**
 * Waits until all are started. When one fails, the signal tells the others to give up, those that are started are
 * stopped, and its error is thrown.
 */
export async function allOrNone<const T extends readonly Promise<Stoppable>[]>(
  signal: AbortSignal,
  start: (signal: AbortSignal) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const failure = new AbortController();
  const starting = start(AbortSignal.any([signal, failure.signal]));
  for (const each of starting) each.catch((err) => failure.abort(err));
  const results = await Promise.allSettled(starting);
  if (failure.signal.aborted) {
    await Promise.all(results.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
    failure.signal.throwIfAborted();
  }
  return Promise.all(starting);
}
