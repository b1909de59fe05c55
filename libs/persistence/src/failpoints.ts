/**
 * The moments at which a crash is worst. `before_commit` and `after_commit` are those of every transaction that changes
 * something, the next two the outbox relay's, the last two the event consumers'.
 */
export const FAILPOINTS = [
  'before_commit',
  'after_commit',
  'after_publish_before_confirm',
  'after_confirm_before_mark',
  'after_effect_before_ack',
  'after_ack',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

let hit: (point: Failpoint) => void = () => undefined;

/** Does nothing, unless this very point was armed. */
export function failpoint(point: Failpoint): void {
  hit(point);
}

/** What becomes of the process there: it dies, as by `kill -9`, or freezes until somebody sends it SIGCONT. */
export const FAILPOINT_SIGNALS = { kill: 'SIGKILL', freeze: 'SIGSTOP' } as const;
export type Armed = { point: Failpoint; nth: number; end: keyof typeof FAILPOINT_SIGNALS };

/** For tests: the process ends, in one way or the other, when it comes by this point for the nth time. */
export function armFailpoint({ point, nth, end }: Armed): void {
  const endNow = () => {
    process.kill(process.pid, FAILPOINT_SIGNALS[end]);
  };
  let left = nth;
  hit = (reached) => {
    if (reached !== point) return;
    left -= 1;
    if (left !== 0) return;
    // Something was just said to the broker, which amqplib writes in a later turn of the event loop.
    if (WIRE_POINTS.has(point)) setImmediate(() => setImmediate(endNow));
    else endNow();
  };
}

const WIRE_POINTS: ReadonlySet<Failpoint> = new Set(['after_publish_before_confirm', 'after_ack']);
