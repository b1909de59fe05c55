import { apiSchemas, DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { recordLook } from '../drivers/looks.ts';
import { isLive } from '../judging/live.ts';
import { isOfTrip, loadLastFixes, shownFor } from '../trips/last-fix.ts';
import { visibleTrip } from '../trips/trips.ts';

const location = z
  .object({
    booking_id: z.string(),
    driver_id: z.string(),
    latitude: z.number(),
    longitude: z.number(),
    recorded_at: z.string(),
    age_ms: z.int().describe('How old it is now'),
    is_live: z.boolean().describe('False: where the driver was last, and perhaps no longer is'),
    accuracy: z.number().nullable(),
    speed: z.number().nullable(),
    heading: z.number().nullable(),
  })
  .register(apiSchemas, {
    id: 'BookingLocation',
    examples: [
      {
        booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
        driver_id: 'dro',
        latitude: 52.52,
        longitude: 13.4,
        recorded_at: '2026-01-31T12:03:00.000Z',
        age_ms: 3_200,
        is_live: true,
        accuracy: 8,
        speed: 11.5,
        heading: 90,
      },
    ],
  });

export function getBookingLocation(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/location',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'getBookingLocation',
        tags: ['Trips'],
        errors: ['location_not_found'],
        summary: 'Where the driver of a booking is, or was last on this trip, while it is under way',
        params: z.object({ booking_id: z.string() }),
        response: { 200: location },
      },
    },
    async (request) => {
      const { params, principal } = request;
      const trip = await visibleTrip(ctx, params.booking_id, { principal, view: 'location' });
      const now = new Date();
      const [fix] = await loadLastFixes(ctx.db, [trip.bookingId]);
      if (!fix || !isOfTrip(fix, shownFor(fix), ctx.config)) throw new DomainError('location_not_found');
      await recordLook(ctx, request, {
        act: 'position.read',
        subject: { kind: 'booking', id: trip.bookingId },
        details: { driver_id: trip.driverId },
      });
      const { latitude, longitude, recordedAt, accuracy, speed, heading } = fix;
      return {
        booking_id: trip.bookingId,
        driver_id: trip.driverId,
        latitude,
        longitude,
        recorded_at: recordedAt.toISOString(),
        age_ms: Math.max(0, now.getTime() - recordedAt.getTime()),
        is_live: isLive(fix, shownFor(fix), { now, config: ctx.config }),
        accuracy,
        speed,
        heading,
      };
    },
  );
}
