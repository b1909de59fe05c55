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

/** For tests: the process kills itself, as `kill -9` does, when it comes by this point for the nth time. */
export function armFailpoint({ point, nth }: { point: Failpoint; nth: number }): void {
  let left = nth;
  hit = (reached) => {
    if (reached !== point) return;
    left -= 1;
    if (left === 0) (WIRE_POINTS.has(point) ? afterWriting : die)();
  };
}

/** Here something was just said to the broker, which amqplib writes in a later turn of the event loop. */
const WIRE_POINTS: ReadonlySet<Failpoint> = new Set(['after_publish_before_confirm', 'after_ack']);

function afterWriting(): void {
  setImmediate(() => setImmediate(die));
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
