import { pause } from '../testing/pause.ts';
import { check, type Verdict } from './checker/checker.ts';
import type { Facts } from './checker/facts.ts';
import type { Entry } from './checker/history.ts';

/** Messages that were published reach every client in this time, or not at all. */
const DELIVERY_TIMEOUT_MS = 30_000;
const SILENT_LOOKS = 3;
const BETWEEN_LOOKS_MS = 500;

/** Waits until nobody hears anything any more, and then for what must still come, but no longer than anything may take. */
export async function judge(entries: readonly Entry[], read: () => Promise<Facts>): Promise<Verdict> {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
  for (;;) {
    for (let known = -1, looks = 0; looks < SILENT_LOOKS && Date.now() < deadline; looks += 1) {
      if (entries.length !== known) looks = 0;
      known = entries.length;
      await pause(BETWEEN_LOOKS_MS);
    }
    const verdict = check(entries, await read());
    if (verdict.wrongs.lost === 0 || Date.now() > deadline) return verdict;
  }
}
