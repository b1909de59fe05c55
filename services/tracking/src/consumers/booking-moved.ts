import type { EventOf } from '@logi/contracts';
import { compiledOnce } from '@logi/persistence';
import { sql } from 'kysely';
import type { Tables, TrackingTx, TripRow } from '../tables.ts';
import { legIn } from '../trips/leg.ts';

type BookingMoved = EventOf<
  | 'booking.arrived_at_pickup'
  | 'booking.goods_collected'
  | 'booking.in_transit'
  | 'booking.arrived_at_dropoff'
  | 'booking.returning'
>;

/** The trip has another goal now, and the ladder to it is climbed from its foot. */
export async function bookingMoved(tx: TrackingTx, { data }: BookingMoved): Promise<void> {
  await setGoal.withNext(tx, { bookingId: data.booking_id, leg: legIn(data.status) });
}

const setGoal = compiledOnce<Tables, Pick<TripRow, 'bookingId' | 'leg'>, unknown>(
  (tx, { bookingId, leg }) =>
    tx
      .updateTable('trip')
      .set({
        leg,
        stage: 0,
        closestMeters: null,
        closestAt: null,
        progressAt: sql<Date>`now()`,
        stalled: null,
        warnedAt: null,
        version: sql`version + 1`,
      })
      .where('bookingId', '=', bookingId)
      .where('endedAt', 'is', null)
      .where('leg', 'is distinct from', leg), // collected, then in transit: the same goal
);
