import { type Armed, FAILPOINTS } from '@logi/persistence';
import { pause } from '../../testing/pause.ts';
import type { Random } from '../../testing/random.ts';
import type { WorkKind } from '../people/work-meter.ts';
import type { Instance, Lease } from '../stack/instance.ts';
import { KILLED } from '../stack/process-record.ts';
import type { ServiceProcess } from '../stack/service-process.ts';

/** What must flow again after a service was killed; its other instance takes over. */
const WORK_OF = {
  booking: ['request', 'event', 'dispatch'],
  tracking: ['points', 'dispatch', 'position'],
  gateway: ['event', 'position'],
} as const satisfies Record<Instance['service'], readonly WorkKind[]>;
/** Whoever dies here is the one who holds the lock of a partition. */
const RELAY_POINTS: readonly Armed['point'][] = ['after_publish_before_confirm', 'after_confirm_before_mark'];
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
const BETWEEN_STARTS_MS = 1_000;
const OWNER = 'the killer';

export const KILL_TITLES: Record<string, string> = {
  F01: 'booking or tracking is killed at a failpoint of its transactions or its consumer',
  F02: 'booking is killed at a random moment',
  F03: 'tracking or a gateway is killed at a random moment',
  F04: 'the relay that holds a lock is killed, and the standby takes over',
};

export type Kill = { id: string; what: string; kinds: readonly WorkKind[] };

export type KillsOptions = {
  instances: readonly Instance[];
  random: Random;
  /** Which of F01 to F04. */
  ids: ReadonlySet<string>;
  target: number;
  endsAt: number;
  onKill: (kill: Kill) => void;
};

/**
 *   killing  whose time is over is killed, and some are armed with a failpoint
 *   resting  nobody is killed, but a failpoint may still be run into
 *   stopped  nobody is killed any more, but for those with a failpoint, who are started without one
 */
type Pace = 'killing' | 'resting' | 'stopped';

/**
 * Kills every instance again and again, each by its own dice: at a random moment, or by a failpoint that it runs into.
 * An instance that a fault owns is left alone; one with a failpoint is owned from here, and given up as soon as somebody
 * wants it.
 */
export class Kills {
  readonly #options: KillsOptions;
  #count = 0;
  #pace: Pace = 'killing';
  #loops: Promise<void>[] = [];

  constructor(options: KillsOptions) {
    this.#options = options;
  }

  start(): void {
    const { instances, ids } = this.#options;
    const victims = instances.filter(
      ({ service }) => ids.has(randomId(service)) || failpointsOf(service, ids).length > 0,
    );
    this.#loops = victims.map((instance) => this.#keepKilling(instance));
  }

  get count(): number {
    return this.#count;
  }

  /** How many were asked for; none where nobody is to be killed. */
  get target(): number {
    return this.#loops.length === 0 ? 0 : this.#options.target;
  }

  rest(): void {
    this.#pace = 'resting';
  }

  goOn(): void {
    this.#pace = 'killing';
  }

  async stop(): Promise<void> {
    this.#pace = 'stopped';
    await Promise.all(this.#loops);
  }

  async #keepKilling(instance: Instance): Promise<void> {
    const random = this.#options.random.fork(instance.name);
    for (;;) {
      await using lease = await this.#whenDue(instance, random);
      if (!lease) return;
      let armed: Armed | undefined;
      do {
        await this.#end(lease.process, armed);
        armed = this.#pickFailpoint(lease, random);
        await this.#start(lease.process, armed);
        if (armed) await this.#waitForFailpoint(lease, random);
      } while (armed);
    }
  }

  /** Owns it when its time is over, or when it has ended by itself. Undefined once all is stopped. */
  async #whenDue(instance: Instance, random: Random): Promise<Lease | undefined> {
    const isOver = countdown(this.#pickLifeMs(random));
    for (; this.#pace !== 'stopped'; await pause(POLL_MS)) {
      const { is } = instance.state;
      const isDue = isOver({ passes: this.#pace === 'killing' && is === 'running' }) || is === 'down';
      const lease = isDue ? instance.tryOwn(OWNER) : undefined;
      if (lease) return lease;
    }
    return undefined;
  }

  async #end(process: ServiceProcess, armed: Armed | undefined): Promise<void> {
    const { name, service } = process;
    const ranInto = hasRunInto(process, armed) ? armed : undefined;
    const id = ranInto ? pointId(ranInto.point) : randomId(service);
    if (!ranInto && !(await process.kill(id))) return; // it had ended by itself
    this.#count += 1;
    const what = ranInto ? `${name} ${ranInto.point}:${ranInto.nth}` : name;
    this.#options.onKill({ id, what, kinds: WORK_OF[service] });
  }

  #pickFailpoint(lease: Lease, random: Random): Armed | undefined {
    const { ids } = this.#options;
    const { service } = lease.process;
    const points = failpointsOf(service, ids);
    if (points.length === 0 || this.#pace === 'stopped' || lease.isWanted()) return undefined;
    if (ids.has(randomId(service)) && !random.chance(0.5)) return undefined;
    return { point: random.pick(points), nth: 1 + Math.floor(random.next() * MAX_NTH), end: 'kill' };
  }

  /** Again, until it is ready or has run into its failpoint. */
  async #start(process: ServiceProcess, armed: Armed | undefined): Promise<void> {
    for (;;) {
      process.start(armed && { by: pointId(armed.point), armed });
      if ((await process.becomesReady()) || hasRunInto(process, armed) || this.#pace === 'stopped') return;
      await pause(BETWEEN_STARTS_MS);
    }
  }

  /** Not for ever, and not while somebody else wants it. */
  async #waitForFailpoint(lease: Lease, random: Random): Promise<void> {
    const isOver = countdown(this.#pickLifeMs(random) * ARMED_LIFE_FACTOR);
    for (; this.#pace !== 'stopped' && !lease.isWanted(); await pause(POLL_MS))
      if (lease.process.state.is === 'down' || isOver({ passes: this.#pace === 'killing' })) return;
  }

  #pickLifeMs(random: Random): number {
    return random.between(0.3, 1.7) * this.#lifeMs();
  }

  /** So long that the target is reached at the end. */
  #lifeMs(): number {
    const { instances, target, endsAt } = this.#options;
    const leftMs = (endsAt - Date.now()) * KILLING_SHARE;
    const eachMs = (leftMs * instances.length) / Math.max(1, target - this.#count);
    return Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS, eachMs - START_MS));
  }
}

/**
 * Asked now and then whether so much time has passed. Only that counts in which kills are made: a fault would otherwise
 * be followed at once by the kills of all instances, and none would be there to take over from another.
 */
function countdown(ms: number): (time: { passes: boolean }) => boolean {
  let leftMs = ms;
  let askedAt = Date.now();
  return ({ passes }) => {
    const now = Date.now();
    if (passes) leftMs -= now - askedAt;
    askedAt = now;
    return leftMs <= 0;
  };
}

function randomId(service: Instance['service']): string {
  return service === 'booking' ? 'F02' : 'F03';
}

function pointId(point: Armed['point']): string {
  return RELAY_POINTS.includes(point) ? 'F04' : 'F01';
}

/** A gateway has no transactions of its own. */
function failpointsOf(service: Instance['service'], ids: ReadonlySet<string>): Armed['point'][] {
  return service === 'gateway' ? [] : FAILPOINTS.filter((point) => ids.has(pointId(point)));
}

function hasRunInto({ state }: ServiceProcess, armed: Armed | undefined): boolean {
  return armed !== undefined && state.is === 'down' && state.exit === KILLED;
}
