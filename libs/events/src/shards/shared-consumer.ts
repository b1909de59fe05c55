import { setTimeout as sleep } from 'node:timers/promises';
import { type ShardedQueue, shardQueue } from '@logi/contracts';
import { Turns } from '@logi/messaging';
import { isOutage } from '@logi/persistence';
import { Gauge } from 'prom-client';
import { createEventConsumer, type EventConsumer, type EventConsumerOptions } from '../inbox.ts';
import type { Share } from '../relay.ts';
import type { EventTables } from '../tables.ts';
import { type Lease, ShardLeases, type View, WHOLE_QUEUE } from './leases.ts';

/*
 * The instances of a service share the shards of a work queue.
 *
 * The broker alone does not share them out: of consumers that wait for a queue it makes the first the active one, so the
 * instance that starts first has all shards, and after a rolling restart the last one to go. So who works on what stands in
 * the database, and an instance consumes only what it holds. The broker still lets one consumer at a time have a shard:
 * between an instance that has lost one and the next one nothing crosses, and order is as it was.
 *
 *   free   --(fewer held than its share)-------------> held    consumed, in order
 *   held   --(more than its share, or stop)----------> leaving what is in hand is finished, the rest left in the shard
 *   leaving --(done, written)------------------------> free
 *   held   --(somebody else has it: this one was
 *             frozen or cut off for longer than its lease)--> free   what is in hand has no effect (`recordOnce`)
 *
 * All go over one connection, each by a channel of its own: to leave or lose a shard closes that, and nothing else.
 *
 * Before the shards comes the queue as it was, if an older version has left it: somebody empties it, alone, and until that
 * is done nobody takes a shard. Otherwise a driver's newer events would be done before the older ones.
 */

/** An instance says so often within its lease that it is alive. */
const BEATS_IN_LEASE = 3;
const LEAST_REST_MS = 20;
/** A database that hangs must not keep the process: others have the shards when the lease is over. */
const GIVE_BACK_MS = 3_000;

type Held = { lease: Lease; consumer: EventConsumer | undefined; leaving: Promise<void> | undefined };

export type SharedConsumerOptions<Queue extends ShardedQueue, Tables extends EventTables> = EventConsumerOptions<
  Queue,
  Tables
> & {
  /** How long an instance that says nothing keeps its shards. */
  leaseMs: number;
  /** Events handled at a time, of all shards: each uses a connection of the database's pool, which requests need, too. */
  atOnce: number;
};

export class SharedConsumer<Queue extends ShardedQueue, Tables extends EventTables> {
  readonly #options: SharedConsumerOptions<Queue, Tables>;
  readonly #leases: ShardLeases<Tables>;
  readonly #stopping = new AbortController();
  readonly #turns: Turns;
  readonly #held = new Map<number, Held>();
  #share: Share = { index: 0, of: 1 };
  #running: Promise<void> | undefined;

  constructor(options: SharedConsumerOptions<Queue, Tables>) {
    const { db, queue, leaseMs, atOnce, registry } = options;
    this.#options = options;
    this.#leases = new ShardLeases({ db, queue, leaseMs });
    this.#turns = new Turns(this.#stopping.signal, { atOnce });
    const held = this.#held;
    new Gauge({
      name: 'logi_shards_held',
      help: 'Shards of its work queue that this instance works on',
      registers: [registry],
      collect() {
        this.set(held.size);
      },
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes what is in hand; others may have the rest at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#held.values()].map(({ consumer }) => consumer?.stop()));
    await Promise.race([this.#giveBack(), sleep(GIVE_BACK_MS, undefined, { ref: false })]);
  }

  async #giveBack(): Promise<void> {
    await this.#running;
    try {
      await Promise.all([...this.#held.values()].map((held) => this.#leaveOnce(held)));
      await this.#leases.leave();
    } catch (err) {
      this.#options.log.warn({ err }, 'shards could not be given back; others have them when the lease is over');
    }
  }

  get isConsuming(): boolean {
    return this.#held.size > 0 && [...this.#held.values()].every(({ consumer }) => consumer?.isConsuming);
  }

  /** Which of the instances that are alive this one is. */
  get share(): Share {
    return this.#share;
  }

  async #run(): Promise<void> {
    const { log, leaseMs, queue } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let restMs = leaseMs / BEATS_IN_LEASE;
      try {
        const view = await this.#beat();
        const ends = view.shards.filter(({ isMine, freeInMs }) => !isMine && freeInMs > 0);
        restMs = Math.max(LEAST_REST_MS, Math.min(restMs, ...ends.map(({ freeInMs }) => freeInMs)));
      } catch (err) {
        if (!signal.aborted) log.warn({ queue, err, outage: isOutage(err) }, 'shards cannot be looked at yet');
      }
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #beat(): Promise<View> {
    const view = await this.#leases.renew();
    const wanted = wantedOf(view);
    if (wanted.most <= 0 || wanted.numbers.length === 0) return this.#follow(view);
    await this.#leases.take(wanted);
    return this.#follow(await this.#leases.renew());
  }

  /** Works on what is its own, and on nothing else. */
  async #follow(view: View): Promise<View> {
    const { queue } = this.#options;
    if (this.#stopping.signal.aborted) return view;
    this.#share = view.share;
    const mine = new Map(view.shards.filter(({ isMine }) => isMine).map(({ number, fence }) => [number, fence]));
    for (const held of this.#held.values()) if (mine.get(held.lease.number) !== held.lease.fence) this.#drop(held);
    for (const [number, fence] of mine) {
      if (this.#held.has(number)) continue;
      const held: Held = { lease: { queue, number, fence }, consumer: undefined, leaving: undefined };
      this.#held.set(number, held);
      if (number !== WHOLE_QUEUE) this.#consume(held);
    }
    const whole = this.#held.get(WHOLE_QUEUE);
    if (whole && (await this.#hasEmptied(whole))) return this.#beat();
    const staying = [...this.#held.values()].filter(({ leaving }) => !leaving);
    for (const held of staying.slice(mostOf(view.shards.length, view.share)))
      void this.#leaveOnce(held).catch((err: unknown) =>
        this.#options.log.warn({ queue, shard: held.lease.number, err }, 'a shard could not be given back yet'),
      );
    return view;
  }

  #consume(held: Held): void {
    const { lease } = held;
    const { queue, number } = lease;
    const name = number === WHOLE_QUEUE ? queue : shardQueue(queue, number);
    const part = { lease, name, turns: this.#turns, onLost: () => this.#drop(held) };
    held.consumer = createEventConsumer(this.#options, part);
    held.consumer.start();
  }

  /** Somebody else has it, or will have soon. */
  #drop(held: Held): void {
    const { lease, consumer } = held;
    if (this.#held.get(lease.number) !== held) return;
    this.#held.delete(lease.number);
    this.#options.log.warn({ queue: lease.queue, shard: lease.number }, 'a shard is somebody else’s by now');
    void consumer?.stop();
  }

  #leaveOnce(held: Held): Promise<void> {
    held.leaving ??= this.#leave(held);
    return held.leaving;
  }

  async #leave(held: Held): Promise<void> {
    const { lease, consumer } = held;
    try {
      await consumer?.stop();
      await this.#leases.letGo(lease);
    } finally {
      if (this.#held.get(lease.number) === held) this.#held.delete(lease.number);
    }
  }

  /**
   * Whether the queue as it was is empty for good. Instances of an older version consume it as well, until they are
   * stopped; what they have in hand the broker does not count, so only a queue that nobody consumes is known to be empty.
   */
  async #hasEmptied(held: Held): Promise<boolean> {
    const { link, queue } = this.#options;
    const seen = await link.session?.look(queue);
    if (seen?.messages === 0 && seen.consumers === (held.consumer?.isConsuming ? 1 : 0)) {
      await held.consumer?.stop();
      held.consumer = undefined;
      const after = await link.session?.look(queue);
      if (after?.messages === 0 && after.consumers === 0) {
        await this.#leases.endWhole(held.lease);
        this.#held.delete(WHOLE_QUEUE);
        return true;
      }
    }
    if (!held.consumer && !this.#stopping.signal.aborted) this.#consume(held);
    return false;
  }
}

/** What is free, and how much of it this instance still lacks. */
function wantedOf({ shards, share }: View): { numbers: number[]; most: number } {
  const whole = shards.filter(({ number }) => number === WHOLE_QUEUE);
  const open = whole.length > 0 ? whole : shards;
  const mine = open.filter(({ isMine }) => isMine).length;
  const numbers = open.filter(({ isMine, freeInMs }) => !isMine && freeInMs === 0).map(({ number }) => number);
  return { numbers, most: mostOf(open.length, share) - mine };
}

function mostOf(shards: number, { of }: Share): number {
  return Math.ceil(shards / of);
}
