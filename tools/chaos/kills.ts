import { FAILPOINTS } from '@logi/persistence';
import { pause } from '../testing/pause.ts';
import type { Random } from '../testing/random.ts';
import type { Instance } from './instance.ts';
import type { Beat } from './pulse.ts';

/** What must flow again after a service was killed; its other instance takes over. */
const BEATS_OF = {
  booking: ['request', 'event', 'dispatch'],
  tracking: ['points', 'dispatch', 'position'],
  gateway: ['event', 'position'],
} as const satisfies Record<Instance['service'], readonly Beat[]>;
/** Whoever dies here is the one who holds the lock of a partition. */
const RELAY_POINTS: readonly string[] = ['after_publish_before_confirm', 'after_confirm_before_mark'];
const MAX_NTH = 4;
/** Who has a failpoint gets so much more time to run into it. */
const ARMED_LIFE_FACTOR = 2;
/** A start takes a second of a processor: more often, and all that is tested is the machine. Streams must come back, too. */
const MIN_LIFE_MS = 6_000;
const MAX_LIFE_MS = 20_000;
/** What a start takes of the time that an instance has for a life and its end. */
const START_MS = 1_200;
/** The part of a run in which kills go on: some faults want to be alone. */
const KILLING_SHARE = 0.7;
const POLL_MS = 50;

export const KILL_TITLES: Record<string, string> = {
  F01: 'booking or tracking is killed at a failpoint of its transactions or its consumer',
  F02: 'booking is killed at a random moment',
  F03: 'tracking or a gateway is killed at a random moment',
  F04: 'the relay that holds a lock is killed, and the standby takes over',
};

export type Kill = { id: string; what: string; at: number; beats: readonly Beat[] };

export type KillsOptions = {
  instances: readonly Instance[];
  random: Random;
  /** Which of F01 to F04. */
  ids: ReadonlySet<string>;
  target: number;
  endsAt: number;
  onKill: (kill: Kill) => void;
  /** A process ended that nobody had killed. */
  onDeath: (what: string) => void;
};

/** Kills every instance again and again, each by its own dice: at a random moment, or by a failpoint that it runs into. */
export class Kills {
  count = 0;
  readonly #options: KillsOptions;
  readonly #stopping = new AbortController();
  #isHeld = false;
  #isCalm = false;
  readonly #failpoints = new Map<Instance, string>();
  readonly #busy = new Set<Instance>();
  #lives: Promise<void>[] = [];

  constructor(options: KillsOptions) {
    this.#options = options;
  }

  start(): void {
    const { instances, ids } = this.#options;
    const haunted = instances.filter(
      ({ service }) => ids.has(randomId(service)) || failpointsOf(service, ids).length > 0,
    );
    this.#lives = haunted.map((instance) => this.#haunt(instance));
  }

  /** How many were asked for; none where nobody is to be killed. */
  get target(): number {
    return this.#lives.length === 0 ? 0 : this.#options.target;
  }

  /** No more kills until `release`, but a failpoint may still be run into. */
  hold(): void {
    this.#isHeld = true;
  }

  /** No more kills, and every instance is well and without a failpoint once this resolves. */
  async calm(): Promise<void> {
    this.#isHeld = true;
    this.#isCalm = true;
    while (this.#failpoints.size + this.#busy.size > 0) await pause(POLL_MS);
  }

  release(): void {
    this.#isHeld = false;
    this.#isCalm = false;
  }

  /** Every instance is well once this resolves. */
  async stop(): Promise<void> {
    await this.calm();
    this.#stopping.abort();
    await Promise.all(this.#lives);
  }

  async #haunt(instance: Instance): Promise<void> {
    const { ids, onKill, onDeath } = this.#options;
    const { service, name } = instance;
    const random = this.#options.random.fork(name);
    const points = failpointsOf(service, ids);
    for (;;) {
      await this.#live(instance, random);
      if (this.#stopping.signal.aborted) return;
      this.#busy.add(instance);
      const failpoint = instance.exit === undefined ? undefined : this.#failpoints.get(instance);
      await instance.kill();
      if (instance.exit !== 'killed by SIGKILL') onDeath(`${name}: ${instance.exit}`);
      this.count += 1;
      const id = failpoint === undefined ? randomId(service) : pointId(failpoint);
      onKill({ id, what: `${name} ${failpoint ?? ''}`.trim(), at: Date.now(), beats: BEATS_OF[service] });
      this.#failpoints.delete(instance);
      const isArmed = points.length > 0 && !this.#isCalm && (!ids.has(randomId(service)) || random.chance(0.5));
      if (isArmed) this.#failpoints.set(instance, `${random.pick(points)}:${1 + Math.floor(random.next() * MAX_NTH)}`);
      instance.start(this.#failpoints.get(instance));
      await instance.becomesReady();
      this.#busy.delete(instance);
    }
  }

  /** Until its time is over, it has run into its failpoint, or all is to be calm and it has one. */
  async #live(instance: Instance, random: Random): Promise<void> {
    const factor = this.#failpoints.has(instance) ? ARMED_LIFE_FACTOR : 1;
    const endsAt = Date.now() + random.between(0.3, 1.7) * this.#lifeMs() * factor;
    while (!this.#stopping.signal.aborted && instance.exit === undefined) {
      if (this.#isCalm && this.#failpoints.has(instance)) return;
      if (Date.now() > endsAt && !this.#isHeld) return;
      await pause(POLL_MS, this.#stopping.signal);
    }
  }

  /** So long that the target is reached at the end. */
  #lifeMs(): number {
    const { instances, target, endsAt } = this.#options;
    const leftMs = (endsAt - Date.now()) * KILLING_SHARE;
    const eachMs = (leftMs * instances.length) / Math.max(1, target - this.count);
    return Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS, eachMs - START_MS));
  }
}

function randomId(service: Instance['service']): string {
  return service === 'booking' ? 'F02' : 'F03';
}

function pointId(failpoint: string): string {
  return RELAY_POINTS.includes(failpoint.split(':')[0] ?? '') ? 'F04' : 'F01';
}

/** A gateway has no transactions of its own. */
function failpointsOf(service: Instance['service'], ids: ReadonlySet<string>): string[] {
  return service === 'gateway' ? [] : FAILPOINTS.filter((point) => ids.has(pointId(point)));
}
