import { apiSchemas, box, driverStatus, geoPoint, principalId, toGeoPoint } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { recordLook } from '../drivers/looks.ts';
import { placedWithin } from '../drivers/placed-within.ts';
import { type Driver, driver, type KnownDriver, presentDriver } from '../drivers/present-driver.ts';

const MAX_LISTED = 1_000;

const boxText = z
  .string()
  .transform((text) => text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part))))
  .pipe(box);

const cursor = z
  .base64url()
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .pipe(principalId);

const driversQuery = z.strictObject({
  bbox: boxText
    .optional()
    .describe('West, south, east, north, in degrees; where west is greater than east, across 180°'),
  status: driverStatus.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(100),
  cursor: cursor.optional(),
});

const page = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        geometry: geoPoint.nullable(),
        properties: driver.omit({ latitude: true, longitude: true }),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .register(apiSchemas, {
    id: 'DriverPage',
    examples: [
      {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            geometry: { type: 'Point', coordinates: [13.4, 52.52] },
            properties: {
              driver_id: 'dro',
              status: 'Available',
              vehicle_type: 'van',
              recorded_at: '2026-01-31T12:00:00.000Z',
              booking_id: null,
            },
          },
        ],
        next_cursor: null,
      },
    ],
  });

export function listDrivers(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listDrivers',
        tags: ['Drivers'],
        summary: 'Drivers by their ids as GeoJSON; with a box those in it, without one also those who have no place',
        querystring: driversQuery,
        response: { 200: page },
      },
    },
    async (request) => {
      const { query, principal } = request;
      await recordLook(ctx, request, { act: 'map.read', subject: { kind: 'map', id: 'drivers' } });
      const rows = await findDrivers(ctx, query);
      const last = rows.length === query.limit ? rows.at(-1) : undefined;
      return {
        type: 'FeatureCollection' as const,
        features: rows.map((row) => toFeature(presentDriver(principal, row))),
        next_cursor: last ? Buffer.from(last.driverId).toString('base64url') : null,
      };
    },
  );
}

async function findDrivers(ctx: Context, query: z.infer<typeof driversQuery>): Promise<KnownDriver[]> {
  const { bbox, status, limit, cursor: after = '' } = query;
  const { rows } = await sql<KnownDriver>`
    select driver.driver_id, driver.status, driver.vehicle_type, driver.booking_id,
      latest.latitude, latest.longitude, latest.recorded_at
    from driver ${bbox ? sql`join driver_place place using (driver_id)` : sql``}
      left join driver_latest latest using (driver_id)
    where driver.driver_id > ${after} ${status ? sql`and driver.status = ${status}` : sql``}
      ${bbox ? sql`and ${placedWithin(bbox)}` : sql``}
    order by driver.driver_id limit ${limit}`.execute(ctx.db);
  return rows;
}

function toFeature({ latitude, longitude, ...properties }: Driver) {
  const geometry = latitude === null || longitude === null ? null : toGeoPoint({ latitude, longitude });
  return { type: 'Feature' as const, geometry, properties };
}
