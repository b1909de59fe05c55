import { apiSchemas, BOOKING_EXAMPLE, booking, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { sql } from 'kysely';
import { z } from 'zod';
import { presentRequest } from '../bookings/booking-store.ts';
import type { Context } from '../context.ts';
import { SHIPMENT_EXAMPLE } from '../pricing/shipment.ts';
import type { BookingRow, OfferRow } from '../tables.ts';

/** As the message `new_booking_request` tells it. */
const offer = booking
  .pick({
    booking_id: true,
    user_id: true,
    pickup_location: true,
    dropoff_location: true,
    vehicle_type: true,
    price_estimate: true,
    currency: true,
  })
  .extend({ offer_id: z.uuid(), expires_at: timestamp, distance_meters: z.number() });

const offers = z.object({ items: z.array(offer) }).register(apiSchemas, {
  id: 'OpenOffers',
  examples: [
    {
      items: [
        {
          offer_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d14',
          expires_at: '2026-01-31T12:00:15.000Z',
          distance_meters: 850,
          booking_id: BOOKING_EXAMPLE.booking_id,
          user_id: 'ana',
          ...SHIPMENT_EXAMPLE,
          price_estimate: 25.5,
          currency: 'EUR',
        },
      ],
    },
  ],
});

type OpenOffer = BookingRow & Pick<OfferRow, 'offerId' | 'expiresAt' | 'distanceMeters'>;

export function listOffers(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/offers',
    {
      config: { roles: ['driver'] },
      schema: {
        operationId: 'listOffers',
        tags: ['Offers'],
        summary: 'What one is being asked about now, and until when; the first to expire first',
        response: { 200: offers },
      },
    },
    async ({ principal }) => {
      const { rows } = await sql<OpenOffer>`
        select booking.*, offer.offer_id, offer.expires_at, offer.distance_meters
        from offer join booking using (booking_id)
        where offer.driver_id = ${principal.id} and state = 'open' and expires_at > clock_timestamp()
        order by expires_at, offer_id`.execute(ctx.db);
      return { items: rows.map(presentOffer) };
    },
  );
}

function presentOffer(row: OpenOffer): z.infer<typeof offer> {
  return {
    offer_id: row.offerId,
    expires_at: row.expiresAt.toISOString(),
    ...presentRequest(row),
    distance_meters: row.distanceMeters,
  };
}
