/** Aborted at the first Ctrl-C, or when we are asked to end: what was started is to be stopped, and nothing more begun. */
export function whenInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
  return interrupted.signal;
}
