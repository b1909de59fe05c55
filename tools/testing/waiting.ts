import { inspect } from 'node:util';

/** How long a test waits for a fact: well below jest's own limit, which would tell neither what was awaited nor what was there. */
export const WAIT_MS = 20_000;
/** For what a busy machine takes its time with: a process that starts or drains. */
export const LONG_WAIT_MS = 40_000;

const LATE: unique symbol = Symbol('late');
const SHOWN_CHARACTERS = 2_000;

export class WaitedInVain extends Error {}

/** The promise's result; after its limit an error that says what was awaited, and what there was instead. */
export async function within<Result>(
  promise: Promise<Result>,
  awaited: string,
  { limitMs = WAIT_MS, seen }: { limitMs?: number; seen?: () => unknown } = {},
): Promise<Result> {
  const limit = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(limit.resolve, limitMs, LATE);
  try {
    const first = await Promise.race([promise, limit.promise]);
    if (first !== LATE) return first;
    const instead = seen ? `\nseen: ${show(seen())}` : '';
    throw new WaitedInVain(`waited ${limitMs / 1_000} s for ${awaited}${instead}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Tries again until `probe` no longer throws, and fails with its last error. Waits for facts, not for time. */
export async function eventually<Result>(probe: () => Promise<Result> | Result, limitMs = WAIT_MS): Promise<Result> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      return await within(Promise.try(probe), 'a try to end', { limitMs: Math.max(deadline - Date.now(), 1) });
    } catch (err) {
      // Of a try that was cut short, the one before it says more.
      if (Date.now() >= deadline) throw err instanceof WaitedInVain ? (last ?? err) : err;
      last = err;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Its end, where it is long: what came last tells most. */
function show(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 5, breakLength: 120, maxArrayLength: null });
  return text.length <= SHOWN_CHARACTERS ? text : `…${text.slice(-SHOWN_CHARACTERS)}`;
}
