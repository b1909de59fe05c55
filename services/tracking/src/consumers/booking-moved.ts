import type { EventOf, Leg } from '@logi/contracts';
import { sql } from 'kysely';
import type { TrackingTx } from '../tables.ts';

type BookingMoved = EventOf<
  | 'booking.arrived_at_pickup'
  | 'booking.goods_collected'
  | 'booking.in_transit'
  | 'booking.arrived_at_dropoff'
  | 'booking.returning'
>;

/** What the driver is on the way to after each change; null: to nothing that we could tell the distance of. */
const NEXT_LEG: Record<BookingMoved['type'], Leg | null> = {
  'booking.arrived_at_pickup': null,
  'booking.goods_collected': 'dropoff',
  'booking.in_transit': 'dropoff',
  'booking.arrived_at_dropoff': null,
  'booking.returning': null,
};

/** The trip has another goal now, and the ladder to it is climbed from its foot. */
export async function bookingMoved(tx: TrackingTx, { type, data }: BookingMoved): Promise<void> {
  const leg = NEXT_LEG[type];
  await tx
    .updateTable('trip')
    .set({
      leg,
      stage: 0,
      closestMeters: null,
      progressAt: sql<Date>`now()`,
      stalled: null,
      warnedAt: null,
      version: sql`version + 1`,
    })
    .where('bookingId', '=', data.booking_id)
    .where('endedAt', 'is', null)
    .where('leg', 'is distinct from', leg) // collected, then in transit: the same goal
    .execute();
}
