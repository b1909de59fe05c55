import { type BookingStatus, type Event, isAssigned, parseJson, positionsRecorded } from '@logi/contracts';
import type { Logger } from 'pino';
import type { Hub } from '../sockets/hub.ts';
import { RecentMap } from './recent-map.ts';

/** Bookings whose newest status is remembered: far more than are on the road at one time. */
const MAX_REMEMBERED = 100_000;

type Seen = { status: BookingStatus; driverId: string | null };

/**
 * Positions on their way to the sockets. They overtake events, since they come by a queue of their own: tracking may
 * not know yet that a booking has ended, or that another driver has it now. So they pass only while their booking has
 * that driver, as far as this gateway has seen it.
 */
export class PositionFeed {
  readonly #hub: Hub;
  readonly #log: Logger;
  readonly #seen = new RecentMap<string, Seen>(MAX_REMEMBERED);

  constructor({ hub, log }: { hub: Hub; log: Logger }) {
    this.#hub = hub;
    this.#log = log;
  }

  /** To be called with each event, before it is delivered. */
  follow({ data }: Event): void {
    if (!('status' in data && 'user_id' in data)) return;
    const { booking_id, user_id, status, driver_id } = data;
    this.#seen.set(booking_id, { status, driverId: driver_id });
    if (!isAssigned(status)) this.#hub.dropPosition(booking_id, user_id);
  }

  receive(body: Buffer): void {
    const parsed = positionsRecorded.safeParse(parseJson(body.toString('utf8')));
    if (!parsed.success) {
      this.#log.warn({ bytes: body.length }, 'malformed positions dropped');
      return;
    }
    for (const position of parsed.data.positions) {
      const seen = this.#seen.get(position.booking_id);
      if (seen === undefined || (isAssigned(seen.status) && seen.driverId === position.driver_id)) {
        this.#hub.sendPosition(position);
      }
    }
  }
}
