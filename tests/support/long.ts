import { test } from '@jest/globals';
import { z } from 'zod';

/*
 * What takes long by its nature (crowds, seeds, kills under load) is in two sizes. `npm test` has one fact of each kind,
 * in its small size; `npm run test:long` has the rest; a file that is named (`npm test -- <file>`) is run whole.
 */

const run = z.enum(['short', 'long', 'all']).default('all').parse(process.env['LOGI_TESTS']);

/** Of a kind of which `npm test` has another one. In the long run it alone counts in its file, like the next. */
export const long = { short: test.skip, long: test.only, all: test }[run];

/** Of which `npm test` has a small size. */
export function inTwoSizes<Size>(
  name: string,
  sizes: { short: Size; long: Size },
  { run: play, timeoutMs }: { run: (size: Size) => Promise<void>; timeoutMs?: number },
): void {
  if (run === 'short') test(`${name}, in short`, () => play(sizes.short), timeoutMs);
  else long(name, () => play(sizes.long), timeoutMs);
}
