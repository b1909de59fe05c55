import { DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { visibleTrip } from '../trips/trips.ts';

const location = z.object({
  booking_id: z.string(),
  driver_id: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  recorded_at: z.string(),
  accuracy: z.number().nullable(),
  speed: z.number().nullable(),
  heading: z.number().nullable(),
});

export function getBookingLocation(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/location',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        summary: 'Where the driver of a booking is, while it is under way',
        params: z.object({ booking_id: z.string() }),
        response: { 200: location },
      },
    },
    async ({ params, principal }) => {
      const trip = await visibleTrip(ctx, params.booking_id, { principal, view: 'location' });
      const latest = await ctx.db
        .selectFrom('driverLatest')
        .selectAll()
        .where('driverId', '=', trip.driverId)
        .executeTakeFirst();
      if (!latest) throw new DomainError('location_not_found');
      const { latitude, longitude, recordedAt, accuracy, speed, heading } = latest;
      return {
        booking_id: trip.bookingId,
        driver_id: trip.driverId,
        latitude,
        longitude,
        recorded_at: recordedAt.toISOString(),
        accuracy,
        speed,
        heading,
      };
    },
  );
}
