import { apiSchemas, latitude, longitude, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { recordLook } from '../drivers/looks.ts';
import { readTrail } from '../trips/trail-store.ts';
import { visibleTrip } from '../trips/trips.ts';

/** A GeoJSON Feature whose times stand where mapbox/geojson-coordinate-properties puts them: one for each position. */
const trail = z
  .object({
    type: z.literal('Feature'),
    // A line has at least two positions; before that there is no geometry yet.
    geometry: z
      .object({ type: z.literal('LineString'), coordinates: z.array(z.tuple([longitude, latitude])).min(2) })
      .nullable(),
    properties: z.object({
      booking_id: z.string(),
      driver_id: z.string(),
      distance_meters: z.number(),
      /** First and last index of each stretch in which no gap is. */
      segments: z.array(z.tuple([z.int(), z.int()])),
      coordinateProperties: z.object({ times: z.array(timestamp) }),
    }),
  })
  .register(apiSchemas, {
    id: 'Trail',
    examples: [
      {
        type: 'Feature',
        geometry: {
          type: 'LineString',
          coordinates: [
            [13.4, 52.52],
            [13.41, 52.515],
          ],
        },
        properties: {
          booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
          driver_id: 'dro',
          distance_meters: 880,
          segments: [[0, 1]],
          coordinateProperties: { times: ['2026-01-31T12:03:00.000Z', '2026-01-31T12:04:10.000Z'] },
        },
      },
    ],
  });

export function getBookingTrail(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/trail',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'getBookingTrail',
        tags: ['Trips'],
        errors: ['location_not_found'],
        summary: 'The way driven for a booking, as a GeoJSON LineString with times',
        params: z.object({ booking_id: z.string() }),
        response: { 200: trail },
      },
    },
    async (request) => {
      const { params, principal } = request;
      const trip = await visibleTrip(ctx, params.booking_id, { principal, view: 'trail' });
      await recordLook(ctx, request, {
        act: 'trail.read',
        subject: { kind: 'booking', id: trip.bookingId },
        details: { driver_id: trip.driverId },
      });
      const { points, distanceMeters, segments } = await readTrail(ctx, trip);
      const coordinates = points.map((point): [number, number] => [point.longitude, point.latitude]);
      return {
        type: 'Feature' as const,
        geometry: coordinates.length < 2 ? null : { type: 'LineString' as const, coordinates },
        properties: {
          booking_id: trip.bookingId,
          driver_id: trip.driverId,
          distance_meters: Math.round(distanceMeters),
          segments,
          coordinateProperties: { times: points.map((point) => point.recordedAt.toISOString()) },
        },
      };
    },
  );
}
