import type { Fix } from './fix.ts';
import { isReachable } from './reachable.ts';

/*
 * Receivers now and then report a place where nobody is: a cell tower, the last place known, another continent. The naive
 * way is to take the newest fix for true; then one glitch moves the marker, the place for dispatch, and ends the
 * progress of a trip. Dropping whatever cannot be reached is worse: if the first fix is the wrong one, the true ones are
 * dropped for ever.
 *
 * Ours: a fix that can be reached from the one believed is believed. One that cannot is a stranger, and waits. A second
 * fix that can be reached from the stranger makes the new place true; one that can be reached from the believed fix
 * sends the stranger away.
 *
 *   believed ──reachable──▶ believed           (the stranger goes)
 *            ──not──▶ stranger ──reachable from it──▶ believed
 *                              ──not──▶ the next stranger
 *
 * Of two devices, the newer one is right: what an older one says against it is not even a stranger, and does not send
 * away the newer one's.
 */

export type Belief<F extends Fix = Fix> = { believed: F | null; stranger: Fix | null };
export const VERDICTS = ['first', 'reachable', 'agreed', 'implausible', 'other_device'] as const;
export type Verdict = (typeof VERDICTS)[number];

export type BeliefRules = {
  /** In metres per second. */
  maxSpeed: number;
  /** Whether the second device is known to have come after the first. */
  isNewerDevice: (device: string | null, than: string | null) => boolean;
};

/** What is believed after one more fix, which must be newer than those before. */
export function believe<F extends Fix>(
  { believed, stranger }: Belief<F>,
  fix: F,
  { maxSpeed, isNewerDevice }: BeliefRules,
): Belief<F> & { verdict: Verdict } {
  if (!believed) return { believed: fix, stranger: null, verdict: 'first' };
  const isStrangersNewer = stranger !== null && isNewerDevice(stranger.device, fix.device);
  if (isReachable(believed, fix, maxSpeed)) {
    return { believed: fix, stranger: isStrangersNewer ? stranger : null, verdict: 'reachable' };
  }
  if (isNewerDevice(believed.device, fix.device)) return { believed, stranger, verdict: 'other_device' };
  if (isStrangersNewer) return { believed, stranger, verdict: 'implausible' };
  if (stranger && isReachable(stranger, fix, maxSpeed)) return { believed: fix, stranger: null, verdict: 'agreed' };
  return { believed, stranger: fix, verdict: 'implausible' };
}

/** What is believed of fixes in their order. */
export function believeAll<F extends Fix>(sorted: readonly F[], rules: BeliefRules): Belief<F> {
  return sorted.reduce<Belief<F>>(
    (belief, fix) => {
      const { believed, stranger } = believe(belief, fix, rules);
      return { believed, stranger };
    },
    { believed: null, stranger: null },
  );
}
