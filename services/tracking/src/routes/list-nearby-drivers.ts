import { vehicleType } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type NearbyDriver, nearestDrivers } from '../nearest-drivers.ts';
import { sightOf } from '../privacy.ts';

const MAX_NEARBY = 50;
const NEARBY_RADIUS_METERS = 15_000;
/** Users see that drivers are about, not where each one stands: positions are the middles of cells of about 500 m. */
const CELL_DEGREES = 0.005;

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

export function listNearbyDrivers(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/drivers/nearby',
    {
      config: { roles: ['user', 'admin'] },
      schema: {
        summary: 'Available drivers nearby, nearest first; for users without ids and only roughly placed',
        querystring: nearbyQuery,
        response: { 200: z.object({ items: z.array(nearbyDriver) }) },
      },
    },
    async ({ query, principal }) => {
      const { latitude, longitude, vehicle_type, limit } = query;
      const drivers = await nearestDrivers(ctx.db, {
        latitude,
        longitude,
        vehicleType: vehicle_type,
        radiusMeters: NEARBY_RADIUS_METERS,
        limit,
        excludedDriverIds: [],
      });
      const sight = (driverId: string) => sightOf(principal, 'nearby', { driverId, status: 'Available' });
      return { items: drivers.map((driver) => (sight(driver.driverId) === 'exact' ? exactly : roughly)(driver)) };
    },
  );
}

/** Number('') is 0: without the first step, a parameter left empty would be a place off the coast of Africa. */
function degrees(max: number) {
  return z.preprocess((text) => (text === '' ? undefined : text), z.coerce.number().min(-max).max(max));
}

function exactly({ driverId, latitude, longitude, distanceMeters }: NearbyDriver) {
  return { driver_id: driverId, latitude, longitude, distance_meters: Math.round(distanceMeters) };
}

/** No id and no exact distance: three of those would give the place away. */
function roughly({ latitude, longitude }: NearbyDriver) {
  return { latitude: middleOfCell(latitude, 90), longitude: middleOfCell(longitude, 180) };
}

function middleOfCell(degrees: number, max: number): number {
  const last = Math.round(max / CELL_DEGREES) - 1; // no cell begins at the pole or the antimeridian
  const cell = Math.min(Math.floor(degrees / CELL_DEGREES), last);
  return Number(((cell + 0.5) * CELL_DEGREES).toFixed(4));
}
