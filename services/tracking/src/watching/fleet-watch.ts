import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Box,
  type DriverSeen,
  EXCHANGES,
  inParts,
  MAX_DRIVERS_SEEN,
  parseJson,
  WATCH_PICTURE_MS,
  WATCH_STREAM,
  watchNotice,
} from '@logi/contracts';
import { TransientPublisher, tailStream } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import { Loop } from '@logi/service';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { Paced } from '../drivers/paced.ts';
import { sightOf } from '../drivers/privacy.ts';
import type { Moved } from '../positions/position-store.ts';
import type { Tables } from '../tables.ts';
import { pictureOf, presentSeen } from './pictures.ts';
import { Watchers } from './watchers.ts';

/** How soon after it was asked for a picture is looked for. */
const TICK_MS = 100;
/** Of a part of a picture; after that the next picture has it. */
const MAX_TRIES = 20;

export type FleetWatchOptions = {
  config: Config;
  log: Logger;
  db: Database<Tables>;
};

/**
 * Where drivers are, for admins who watch areas: those who move as they move, and all now and then, so that whoever stands
 * is on the map too and nothing that was dropped on the way stays away. While nobody watches, nothing is asked of the
 * database and nothing is published.
 */
export class FleetWatch {
  readonly #options: FleetWatchOptions;
  readonly #watchers = new Watchers();
  readonly #paced: Paced<Moved>;
  /** Of its own, so that a whole city never stands in the way of those on a job. */
  readonly #publisher: TransientPublisher;
  readonly #pictures: Loop;
  /** When each area was last pictured, by the id of its watch. */
  readonly #picturedAt = new Map<string, number>();

  constructor(options: FleetWatchOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#paced = new Paced({ everyMs: config.WATCH_INTERVAL_MS, tell: (due) => this.#tellMoved(due) });
    this.#publisher = new TransientPublisher({
      url: config.AMQP_URL,
      name: 'tracking watched areas',
      log,
      alsoOpen: (session) =>
        tailStream(session, { stream: WATCH_STREAM, from: 'next', onMessage: ({ body }) => this.#hear(body) }),
    });
    this.#pictures = new Loop({
      name: 'pictures of areas',
      everyMs: TICK_MS,
      log,
      work: (stopping) => this.#picture(stopping),
    });
  }

  start(): void {
    this.#publisher.start();
    this.#pictures.start();
  }

  async stop(): Promise<void> {
    this.#paced.stop();
    await this.#pictures.stop();
    await this.#publisher.stop();
  }

  /** Whether anybody is to be told where drivers without a job are. */
  get isOn(): boolean {
    return this.#watchers.areThere(Date.now());
  }

  /** Positions just committed. */
  add(moved: readonly Moved[]): void {
    if (!this.isOn) return;
    for (const each of moved) this.#paced.put(each);
    this.#paced.tellDue(Date.now());
  }

  #hear(body: Buffer): void {
    const { success, data } = watchNotice.safeParse(parseJson(body.toString('utf8')));
    if (success) this.#watchers.hear(data, Date.now());
    else this.#options.log.warn({ bytes: body.length }, 'malformed notice of watched areas dropped');
  }

  #tellMoved(due: readonly Moved[]): void {
    const seen = due.flatMap((each) => seenOf(each) ?? []);
    for (const { instanceId, positions } of this.#watchers.tellingsOf(seen)) {
      for (const part of inParts(positions, MAX_DRIVERS_SEEN)) this.#publish(instanceId, part); // of whom it is dropped, the next point tells
    }
  }

  /** Of each area when it is new, and then every so often. */
  async #picture(stopping: AbortSignal): Promise<void> {
    const areas = [...this.#watchers.areas(Date.now())];
    for (const area of areas) {
      const now = Date.now();
      const lastAt = this.#picturedAt.get(area.watchId) ?? -Infinity;
      if (now - lastAt < WATCH_PICTURE_MS) continue;
      await this.#tellAll(area, stopping);
      this.#picturedAt.set(area.watchId, now);
    }
    if (this.#picturedAt.size === areas.length) return;
    const watched = new Set(areas.map(({ watchId }) => watchId));
    for (const watchId of this.#picturedAt.keys()) if (!watched.has(watchId)) this.#picturedAt.delete(watchId);
  }

  /** Part by part, each when there is room for it. */
  async #tellAll({ instanceId, bbox }: { instanceId: string; bbox: Box }, stopping: AbortSignal): Promise<void> {
    const seen = await pictureOf(this.#options.db, bbox);
    this.#watchers.foundInside(instanceId, seen);
    for (const part of inParts(seen, MAX_DRIVERS_SEEN)) {
      for (let tries = 0; tries < MAX_TRIES && !this.#publish(instanceId, part); tries += 1) {
        await sleep(TICK_MS, undefined, { signal: stopping });
      }
    }
  }

  #publish(instanceId: string, positions: readonly DriverSeen[]): boolean {
    return this.#publisher.publish({
      exchange: EXCHANGES.trackingFleet,
      routingKey: instanceId,
      body: Buffer.from(JSON.stringify({ positions })),
    });
  }
}

/** Undefined of whom an admin may not see. */
function seenOf({ point, job, status, vehicleType }: Moved): DriverSeen | undefined {
  if (status === null || sightOf(ANY_ADMIN, 'driver', { driverId: point.driverId, status }) !== 'exact')
    return undefined;
  return presentSeen({ ...point, status, vehicleType, bookingId: job?.bookingId ?? null });
}

const ANY_ADMIN = { role: 'admin', id: '' } as const;
