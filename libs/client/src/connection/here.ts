type Heard = { type: string };
type Listenable = {
  addEventListener?(type: string, listener: (event: Heard) => void, options: { signal: AbortSignal }): void;
};

/** What pages and workers have and Node lacks, as far as it is used here. */
export const here: Listenable & {
  document?: Listenable & { visibilityState?: string };
  location?: { href: string; origin: string };
  reportError?: (error: unknown) => void;
  WebSocket?: unknown;
} = globalThis;

const LOOKED_AT = 'visibilitychange';

/** Calls back when a person looks at the page again, or when the network or the page itself may be back. */
export function onWake(callback: (isPerson: boolean) => void): () => void {
  const listening = new AbortController();
  const listen = (target: Listenable | undefined, ...types: string[]) => {
    for (const each of types)
      target?.addEventListener?.(
        each,
        ({ type }) => callback(type === LOOKED_AT && here.document?.visibilityState === 'visible'),
        listening,
      );
  };
  listen(here.document, LOOKED_AT, 'resume'); // of a page that was frozen, and may be hidden still
  listen(here, 'online', 'pageshow');
  return () => listening.abort();
}

/**
 * Calls what the app has given. What goes wrong there is told where uncaught errors are told, and neither ends the line
 * nor keeps a message from the next reader. Node has no `reportError`, and an uncaught error would end the program.
 */
export function safely<Args extends unknown[]>(
  callback: ((...args: Args) => unknown) | undefined,
  ...args: Args
): void {
  // biome-ignore lint/suspicious/noConsole: where Node tells what is nobody's to catch
  const report = (error: unknown) => (here.reportError ?? console.error)(error);
  try {
    // Not by its class: a promise of another realm (a frame, a test runner's) is of another class.
    (callback?.(...args) as Promise<unknown> | undefined)?.catch?.(report);
  } catch (error) {
    report(error);
  }
}
