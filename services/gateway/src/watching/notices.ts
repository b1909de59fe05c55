import { randomUUID } from 'node:crypto';
import { redeliveryExchange, WATCH_STREAM, type WatchNotice } from '@logi/contracts';
import type { Publisher } from '@logi/messaging';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Instances } from '../instances.ts';
import type { WatchedArea } from './watched-area.ts';

/** So many renewals may get lost. */
const RENEWALS = 3;

export type NoticesOptions = { config: Config; log: Logger; instances: Instances; publisher: Publisher };

/** Tells the trackings which areas are watched here: one notice at a time, and of what changes meanwhile the newest. */
export class Notices {
  readonly #options: NoticesOptions;
  #isSaying = false;
  #next: (() => readonly WatchedArea[]) | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** `areas` is asked as the notice is made. */
  say(areas: () => readonly WatchedArea[]): void {
    this.#next = areas;
    if (!this.#isSaying) void this.#sayAll();
  }

  async #sayAll(): Promise<void> {
    this.#isSaying = true;
    while (this.#next) {
      const areas = this.#next();
      this.#next = undefined;
      await this.#publish(areas);
    }
    this.#isSaying = false;
  }

  async #publish(areas: readonly WatchedArea[]): Promise<void> {
    const { config, log, instances, publisher } = this.#options;
    const notice: WatchNotice = {
      instance_id: instances.own,
      holds_ms: RENEWALS * config.WATCH_RENEW_MS,
      areas: areas.map(({ watchId, bbox }) => ({ watch_id: watchId, bbox })),
    };
    const [failure] = await publisher.publish([
      {
        exchange: redeliveryExchange('gateway'),
        routingKey: WATCH_STREAM,
        body: Buffer.from(JSON.stringify(notice)),
        messageId: randomUUID(),
        type: WATCH_STREAM,
      },
    ]);
    if (failure !== undefined)
      log.warn({ areas: areas.length, failure }, 'watched areas not told, the next renewal does');
  }
}
