import { apiSchemas, bookingStatus, DomainError, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { presentGroups } from '../bookings/present-stats.ts';
import { countByDriver, countByGroup, countReasons, type Range } from '../bookings/stats.ts';
import type { Context } from '../context.ts';

const DAY_MS = 86_400_000;
const MAX_RANGE_DAYS = 366;
const MAX_DRIVERS = 100;

const counts = z.object({
  bookings: z.int(),
  offered: z.int(),
  accepted: z.int(),
  collected: z.int(),
  trips_completed: z.int(),
  cancelled: z.int(),
  no_driver_found: z.int(),
  average_trip_seconds: z.number().nullable(),
  average_search_seconds: z.number().nullable(),
  /** Of trips in one currency; null where there are several, whose sum would be no money. */
  completed_value: z.number().nullable(),
  completed_values: z.array(z.object({ currency: z.string(), amount: z.number() })),
});

const COUNTS_EXAMPLE = {
  bookings: 120,
  offered: 118,
  accepted: 112,
  collected: 108,
  trips_completed: 106,
  cancelled: 9,
  no_driver_found: 3,
  average_trip_seconds: 1_260,
  average_search_seconds: 21.5,
  completed_value: 2_714.5,
  completed_values: [{ currency: 'EUR', amount: 2_714.5 }],
};
const STATISTICS_EXAMPLE = {
  from: '2026-01-30T12:00:00.000Z',
  to: '2026-01-31T12:00:00.000Z',
  trips_completed: 106,
  average_trip_seconds: 1_260,
  funnel: { ...COUNTS_EXAMPLE, reasons: [{ status: 'Cancelled', reason: 'changed_plans', bookings: 7 }] },
  by_vehicle_type: [{ ...COUNTS_EXAMPLE, vehicle_type: 'van' }],
  by_hour: [{ ...COUNTS_EXAMPLE, hour: '2026-01-31T11:00:00.000Z' }],
  by_status: [
    { status: 'Delivered' as const, bookings: 106 },
    { status: 'Cancelled' as const, bookings: 9 },
  ],
  series: {
    hours: ['2026-01-31T10:00:00.000Z', '2026-01-31T11:00:00.000Z'],
    by_vehicle_type: [
      {
        vehicle_type: 'van',
        bookings: [0, 120],
        trips_completed: [0, 106],
        average_trip_seconds: [null, 1_260],
        average_search_seconds: [null, 21.5],
      },
    ],
  },
  drivers: [
    {
      driver_id: 'dro',
      trips_completed: 14,
      average_trip_seconds: 1_190,
      offers: 17,
      accepted: 15,
      declined: 1,
      expired: 1,
      given_back: 0,
    },
  ],
};

const stats = z
  .object({
    from: z.string(),
    to: z.string(),
    trips_completed: z.int(),
    average_trip_seconds: z.number().nullable(),
    funnel: counts.extend({
      reasons: z.array(z.object({ status: z.string(), reason: z.string(), bookings: z.int() })),
    }),
    by_vehicle_type: z.array(counts.extend({ vehicle_type: z.string() })),
    by_hour: z.array(counts.extend({ hour: z.string() })),
    by_status: z.array(z.object({ status: bookingStatus, bookings: z.int() })),
    series: z
      .object({
        hours: z.array(z.string()),
        by_vehicle_type: z.array(
          z.object({
            vehicle_type: z.string(),
            bookings: z.array(z.int()),
            trips_completed: z.array(z.int()),
            average_trip_seconds: z.array(z.number().nullable()),
            average_search_seconds: z.array(z.number().nullable()),
          }),
        ),
      })
      .describe('A value for each of the hours, also for those in which nothing was booked'),
    drivers: z.array(
      z.object({
        driver_id: z.string(),
        trips_completed: z.int(),
        average_trip_seconds: z.number().nullable(),
        offers: z.int(),
        accepted: z.int(),
        declined: z.int(),
        expired: z.int(),
        given_back: z.int(),
      }),
    ),
  })
  .register(apiSchemas, { id: 'Statistics', examples: [STATISTICS_EXAMPLE] });

export function getStats(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/admin/stats',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getStats',
        tags: ['Operators'],
        summary: 'Figures of the bookings made in a time, by default the last day',
        querystring: z.strictObject({ from: timestamp.optional(), to: timestamp.optional() }),
        response: { 200: stats },
      },
    },
    async ({ query }) => {
      const range = readRange(query);
      const { total, ...groups } = presentGroups(await countByGroup(ctx.db, range), range);
      const drivers = await countByDriver(ctx.db, range, MAX_DRIVERS);
      return {
        from: range.from.toISOString(),
        to: range.to.toISOString(),
        trips_completed: total.trips_completed,
        average_trip_seconds: total.average_trip_seconds,
        funnel: { ...total, reasons: await countReasons(ctx.db, range) },
        ...groups,
        drivers: drivers.map((driver) => ({
          driver_id: driver.driverId,
          trips_completed: driver.tripsCompleted,
          average_trip_seconds: driver.averageTripSeconds,
          offers: driver.offers,
          accepted: driver.accepted,
          declined: driver.declined,
          expired: driver.expired,
          given_back: driver.givenBack,
        })),
      };
    },
  );
}

function readRange(query: { from?: string | undefined; to?: string | undefined }): Range {
  const to = query.to === undefined ? new Date() : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days <= 0 || days > MAX_RANGE_DAYS) {
    throw new DomainError('invalid_request', { message: `from must be before to, by at most ${MAX_RANGE_DAYS} days` });
  }
  return { from, to };
}
