import {
  box,
  type ClientFrameOf,
  type DriverSeen,
  driversSeen,
  EXCHANGES,
  parseJson,
  WATCH_REFUSALS,
  type WatchRefusal,
} from '@logi/contracts';
import { consumeLatest, type Session } from '@logi/messaging';
import { Loop, textFrame } from '@logi/service';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Instances } from '../instances.ts';
import type { Metrics } from '../metrics.ts';
import type { Client } from '../sockets/client.ts';
import type { PendingPosition } from '../sockets/position-slots.ts';
import type { Looks } from './looks.ts';
import type { Notices } from './notices.ts';
import { WatchedArea } from './watched-area.ts';

/** Positions that wait for this process: of a second or two, since newer ones follow. */
const MAX_WAITING_MESSAGES = 200;
const POSITIONS_TTL_MS = 2_000;

type Asked = ClientFrameOf<'watch_area'>['payload'];

export type WatchesOptions = {
  config: Config;
  log: Logger;
  instances: Instances;
  metrics: Metrics;
  looks: Looks;
  notices: Notices;
};

/**
 * Areas that admins watch, by connection and name. Of each driver there the newest position is told, as soon as the socket
 * has room for it. They are nobody's events: they have no id, are in no journal, and nothing of them is sent again.
 */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #byClient = new Map<Client, Map<string, WatchedArea>>();
  /** What each connection asks is answered in its order. */
  readonly #turns = new WeakMap<Client, Promise<void>>();
  readonly #renewal: Loop;

  constructor(options: WatchesOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#renewal = new Loop({ name: 'watches', everyMs: config.WATCH_RENEW_MS, log, work: async () => this.#renew() });
  }

  start(): void {
    this.#renewal.start();
  }

  async stop(): Promise<void> {
    await this.#renewal.stop();
  }

  get size(): number {
    let size = 0;
    for (const areas of this.#byClient.values()) size += areas.size;
    return size;
  }

  ask(client: Client, asked: Asked): void {
    const before = this.#turns.get(client) ?? Promise.resolve();
    this.#turns.set(
      client,
      before.then(() => this.#answer(client, asked)),
    );
  }

  end(client: Client): void {
    if (this.#byClient.delete(client)) this.#say();
  }

  /** Listens to what the trackings tell this gateway. What was told before may be lost. */
  async consume(session: Session): Promise<void> {
    await consumeLatest(session, {
      exchange: EXCHANGES.trackingFleet,
      routingKey: this.#options.instances.own,
      maxMessages: MAX_WAITING_MESSAGES,
      ttlMs: POSITIONS_TTL_MS,
      onMessage: (body) => this.#receive(body),
    });
    for (const areas of this.#byClient.values()) for (const area of areas.values()) area.beNew();
    if (this.#byClient.size > 0) this.#say();
  }

  async #answer(client: Client, { area: name = '', bbox, max }: Asked): Promise<void> {
    const refusal = bbox === null ? undefined : await this.#whyRefused(client, name, bbox);
    const { ws } = client.outgoing;
    if (ws.readyState !== ws.OPEN) return;
    if (refusal !== undefined) {
      const message = WATCH_REFUSALS[refusal];
      client.tell({ type: 'watch_refused', payload: { area: name, code: refusal, message } });
      return;
    }
    const areas = this.#byClient.get(client) ?? new Map<string, WatchedArea>();
    dropWaiting(client, areas.get(name));
    areas.delete(name);
    const most = this.#options.config.MAX_WATCHED_DRIVERS;
    if (bbox !== null) areas.set(name, new WatchedArea({ bbox, max: Math.min(max ?? most, most) }));
    if (areas.size > 0) this.#byClient.set(client, areas);
    else this.#byClient.delete(client);
    tellWatching(client, name, areas.get(name));
    this.#say();
  }

  async #whyRefused(client: Client, name: string, bbox: unknown): Promise<WatchRefusal | undefined> {
    const { config, looks } = this.#options;
    if (client.principal.role !== 'admin') return 'not_admin';
    const { success, data } = box.safeParse(bbox);
    if (!success) return 'bad_bbox';
    const [west, south, east, north] = data;
    const width = west <= east ? east - west : east - west + 360;
    if (Math.max(width, north - south) > config.MAX_WATCHED_DEGREES) return 'area_too_wide';
    const own = this.#byClient.get(client);
    if (!own?.has(name)) {
      if ((own?.size ?? 0) >= config.MAX_WATCHED_AREAS_PER_SOCKET) return 'too_many_areas';
      if (this.size >= config.MAX_WATCHED_AREAS) return 'gateway_full';
    }
    return (await looks.record(client)) ? undefined : 'not_on_record';
  }

  #receive(body: Buffer): void {
    if (this.#byClient.size === 0) return;
    const { success, data } = driversSeen.safeParse(parseJson(body.toString('utf8')));
    if (!success) this.#options.log.warn({ bytes: body.length }, 'malformed positions of watched drivers dropped');
    const now = Date.now();
    for (const seen of data?.positions ?? []) this.#tell(seen, now);
  }

  #tell(seen: DriverSeen, now: number): void {
    const { config, metrics } = this.#options;
    const most = config.MAX_WATCHED_DRIVERS * config.MAX_WATCHED_AREAS_PER_SOCKET;
    let pending: PendingPosition | undefined;
    for (const [{ outgoing }, areas] of this.#byClient) {
      let isNews = false;
      let isLeftOut = false;
      for (const area of areas.values()) {
        const meaning = area.take(seen, now);
        isNews ||= meaning === 'news';
        isLeftOut ||= meaning === 'left out';
      }
      if (isNews && (!outgoing.types || outgoing.types.has('driver_position'))) {
        pending ??= pendingOf(seen);
        outgoing.sendPosition(pending, most);
      } else if (isLeftOut) metrics.positionsDropped.inc({ why: 'above_max' });
    }
  }

  /** Says that it is still watched, and to those who watch how many they are not told of. */
  #renew(): void {
    if (this.#byClient.size === 0) return;
    const now = Date.now();
    for (const [client, areas] of this.#byClient) {
      for (const [name, area] of areas) {
        area.forgetGone(now);
        if (area.hasNewCount()) tellWatching(client, name, area);
      }
    }
    this.#say();
  }

  #say(): void {
    this.#options.notices.say(() => [...this.#byClient.values()].flatMap((areas) => [...areas.values()]));
  }
}

function tellWatching(client: Client, name: string, area: WatchedArea | undefined): void {
  const { bbox = null, max = 0, leftOut: left_out = 0 } = area ?? {};
  client.tell({ type: 'watching', payload: { area: name, bbox, max, left_out } });
}

/** Of an area that is not watched any more nothing is told; of another one the driver is told of soon again. */
function dropWaiting({ outgoing }: Client, area: WatchedArea | undefined): void {
  for (const driverId of area?.drivers ?? []) outgoing.dropPosition(driverId);
}

/** One frame for all who are told. */
function pendingOf(seen: DriverSeen): PendingPosition {
  let frame: Buffer | undefined;
  return {
    key: seen.driver_id,
    type: 'driver_position',
    frame: () => {
      frame ??= textFrame(
        JSON.stringify({ user_id: '', type: 'driver_position', payload: seen, at: seen.recorded_at }),
      );
      return frame;
    },
  };
}
