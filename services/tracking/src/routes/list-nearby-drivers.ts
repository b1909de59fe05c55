import { apiSchemas, vehicleType } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { recordLook } from '../drivers/looks.ts';
import { nearestCells } from '../drivers/nearest-cells.ts';
import { type NearbyDriver, nearestDrivers } from '../drivers/nearest-drivers.ts';
import { type Subject, sightOf } from '../drivers/privacy.ts';

const MAX_NEARBY = 50;
const NEARBY_RADIUS_METERS = 15_000;
/** Only who is available is listed, and nobody asks here as a driver, who could be one of them. */
const ANY_OF_THEM: Subject = { driverId: '', status: 'Available' };

const nearbyQuery = z.strictObject({
  latitude: degrees(90),
  longitude: degrees(180),
  vehicle_type: vehicleType,
  limit: z.coerce.number().int().min(1).max(MAX_NEARBY).default(10),
});

const nearbyDriver = z.object({
  driver_id: z.string().optional(),
  latitude: z.number(),
  longitude: z.number(),
  distance_meters: z.number().optional(),
});

const nearby = z.object({ items: z.array(nearbyDriver) }).register(apiSchemas, {
  id: 'NearbyDrivers',
  examples: [
    { items: [{ latitude: 52.521, longitude: 13.402 }] },
    { items: [{ driver_id: 'dro', latitude: 52.52, longitude: 13.4, distance_meters: 140 }] },
  ],
});

export function listNearbyDrivers(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers/nearby',
    {
      config: { roles: ['user', 'admin'], paidAs: 'estimates' },
      schema: {
        operationId: 'listNearbyDrivers',
        tags: ['Drivers'],
        summary: 'Available drivers nearby, nearest first; for users without ids and only roughly placed',
        querystring: nearbyQuery,
        response: { 200: nearby },
      },
    },
    async (request) => {
      const { query, principal } = request;
      const { latitude, longitude, vehicle_type, limit } = query;
      const place = { latitude, longitude, vehicleType: vehicle_type, radiusMeters: NEARBY_RADIUS_METERS, limit };
      const sight = sightOf(principal, 'nearby', ANY_OF_THEM);
      switch (sight) {
        case 'exact':
          await recordLook(ctx, request, { act: 'map.read', subject: { kind: 'map', id: 'nearby' } });
          return { items: (await nearestDrivers(ctx.db, { ...place, excludedDriverIds: [] })).map(exactly) };
        case 'rough':
          return { items: await nearestCells(ctx.db, place) };
        case 'none':
          return { items: [] };
        default:
          return sight satisfies never;
      }
    },
  );
}

/** Number('') is 0: without the first step, a parameter left empty would be a place off the coast of Africa. */
function degrees(max: number) {
  return z
    .preprocess((text) => (text === '' ? undefined : text), z.coerce.number().min(-max).max(max))
    .register(apiSchemas, { type: 'number', minimum: -max, maximum: max });
}

function exactly({ driverId, latitude, longitude, distanceMeters }: NearbyDriver) {
  return { driver_id: driverId, latitude, longitude, distance_meters: Math.round(distanceMeters) };
}
