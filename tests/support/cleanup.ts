import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';

type Close = () => unknown;

const ofFile: Close[] = [];
let ofTest: Close[] | undefined;

beforeEach(() => {
  ofTest = [];
});
afterEach(async () => {
  const opened = ofTest ?? [];
  ofTest = undefined;
  await closeAll(opened);
});
afterAll(() => closeAll(ofFile));

/**
 * Closes what was just opened when the test is over, however it ended: a failed one does not reach its last lines, and what
 * it left open would harm the tests after it and keep the file from ending. Outside of a test, after the last one. The
 * helpers that open something call this, so tests close only what is about closing. To be closed twice must be harmless.
 */
export function closeLater(close: Close): void {
  (ofTest ?? ofFile).push(close);
}

/** What was opened last may stand on what was opened before it. */
async function closeAll(opened: Close[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.splice(0).reverse()) {
    const closed = within(Promise.try(close), `the end of ${close}`, { limitMs: LONG_WAIT_MS });
    await closed.catch((err: unknown) => failures.push(err));
  }
  if (failures.length > 0) throw new AggregateError(failures, `not closed: ${failures.join(', ')}`);
}
