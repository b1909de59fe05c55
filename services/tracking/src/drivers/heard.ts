import type { DriverSignal } from '@logi/contracts';
import { transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import { type Expression, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Tables } from '../tables.ts';
import { relabelDriver } from './driver-label.ts';

/** So many times within the silence that makes a signal Stale is it written that a driver is heard of. */
const WRITES_PER_STALE = 4;
const GATHER_MS = 50;
/** More drivers than this at once are heard of with their next message. */
const MAX_WAITING = 100_000;

/** How a driver was heard of: by a route, or an answered ping; and the device, as far as it is told. */
type Sign = { by: string; device?: string | null };

type Options = { config: Config; log: Logger; db: Database<Tables> };

/**
 * Notes that drivers were heard of: by any message that is theirs, whatever it says, and by answered pings. A point that
 * moves its driver says so in the row that it moves; this is for all else. What has been written lately is not again.
 */
export class Heard {
  readonly #options: Options;
  readonly #waiting = new Map<string, Sign & { at: Date | null }>();
  /** When it was last written, in that order. */
  readonly #writtenAt = new Map<string, number>();
  #working: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Of a driver of whom it is written already, only the device is. */
  note(driverId: string, sign: Sign): void {
    const now = Date.now();
    this.#forgetBefore(now - this.#options.config.SIGNAL_STALE_AFTER_MS / WRITES_PER_STALE);
    const isWritten = this.#writtenAt.has(driverId);
    if ((isWritten && sign.device === undefined) || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(driverId, { ...sign, at: isWritten ? null : new Date(now) });
    this.#working ??= this.#workOff();
  }

  /** That these were heard of stands elsewhere, since just now. */
  hasWritten(driverIds: Iterable<string>): void {
    const now = Date.now();
    for (const driverId of driverIds) {
      this.#writtenAt.delete(driverId); // to the end of the order
      this.#writtenAt.set(driverId, now);
    }
  }

  /** Writes what waits. */
  async stop(): Promise<void> {
    await this.#working;
  }

  #forgetBefore(time: number): void {
    for (const [driverId, at] of this.#writtenAt) {
      if (at >= time) break;
      this.#writtenAt.delete(driverId);
    }
  }

  async #workOff(): Promise<void> {
    while (this.#waiting.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const signs = new Map(this.#waiting);
      this.#waiting.clear();
      try {
        await this.#write(signs);
      } catch (err) {
        const { log } = this.#options;
        log.warn({ err, drivers: signs.size }, 'signs of life not written, the next ones bring it back');
      }
    }
    this.#working = undefined;
  }

  async #write(signs: ReadonlyMap<string, Sign & { at: Date | null }>): Promise<void> {
    const inOrder = [...signs].sort(([a], [b]) => (a < b ? -1 : 1)); // the order in which rows are locked
    const { rows } = await sql<{ driverId: string }>`
      with heard as (
        insert into driver_heard as known (driver_id, heard_at, heard_by, device)
        select * from unnest(${inOrder.map(([id]) => id)}::text[], ${inOrder.map(([, { at }]) => at)}::timestamptz[],
          ${inOrder.map(([, { by }]) => by)}::text[], ${inOrder.map(([, { device }]) => device ?? null)}::text[])
        on conflict (driver_id) do update set heard_at = greatest(known.heard_at, excluded.heard_at),
          heard_by = excluded.heard_by, device = coalesce(excluded.device, known.device)
        returning driver_id, heard_at
      ) select driver_id from heard join driver using (driver_id) where signal <> 'Live' and heard_at is not null
      order by driver_id`.execute(this.#options.db);
    this.hasWritten(inOrder.flatMap(([driverId, { at }]) => (at === null ? [] : [driverId])));
    for (const { driverId } of rows) {
      await transactWithEvents(this.#options.db, (tx) => relabelDriver(tx, driverId, { signal: 'Live' }));
    }
  }
}

/** When a driver was last heard of, in SQL over `driver`, `latest` and `heard`; null: never. */
export const HEARD_AT = sql<Date | null>`greatest(latest.heard_at, heard.heard_at, driver.status_call_at)`;

const DARK_AGAIN_FACTOR = 1.5;
const DARK_MEMORY_MS = 900_000;

/**
 * Was the driver heard of? The signal that their silence amounts to, in SQL over the same. Whoever has been Dark a while
 * ago may be silent for longer before being Dark again: an app that reports every 125 s would otherwise come and go with
 * each report.
 */
export function signalBySilence(config: Pick<Config, 'SIGNAL_STALE_AFTER_MS' | 'SIGNAL_DARK_AFTER_MS'>) {
  const heardWithin = (ms: Expression<number>) => sql`${HEARD_AT} > now() - make_interval(secs => ${ms} / 1000.0)`;
  const darkAfterMs = sql<number>`case
    when driver.went_dark_at > now() - make_interval(secs => ${DARK_MEMORY_MS / 1000})
    then ${config.SIGNAL_DARK_AFTER_MS * DARK_AGAIN_FACTOR}::float8 else ${config.SIGNAL_DARK_AFTER_MS}::float8 end`;
  return sql<DriverSignal>`case
    when ${heardWithin(sql`${config.SIGNAL_STALE_AFTER_MS}::float8`)} then 'Live'
    when ${heardWithin(darkAfterMs)} then 'Stale'
    else 'Dark' end`;
}
