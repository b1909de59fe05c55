import { apiSchemas, type DriverStatus, driverStatus, type Principal } from '@logi/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { sightOf } from './privacy.ts';

export const DRIVER_EXAMPLE = {
  driver_id: 'dro',
  status: 'Available' as const,
  vehicle_type: 'van',
  latitude: 52.52,
  longitude: 13.4,
  recorded_at: '2026-01-31T12:00:00.000Z',
  booking_id: null,
};
export const driver = z
  .object({
    driver_id: z.string(),
    status: driverStatus,
    vehicle_type: z.string().nullable(),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    recorded_at: z.string().nullable(),
    booking_id: z.string().nullable(),
  })
  .register(apiSchemas, { id: 'Driver', examples: [DRIVER_EXAMPLE] });
export type Driver = z.infer<typeof driver>;

/** A driver and their newest position. */
export type KnownDriver = {
  driverId: string;
  status: DriverStatus;
  vehicleType?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  recordedAt?: Date | null;
  bookingId?: string | null;
};

/** Undefined for one who never called. Points may have come before the driver first went on duty. */
export async function loadDriver(ctx: Context, driverId: string): Promise<KnownDriver | undefined> {
  const { rows } = await sql<KnownDriver>`
    select coalesce(driver.driver_id, latest.driver_id) as driver_id, coalesce(status, 'Offline') as status,
      vehicle_type, latitude, longitude, recorded_at, booking_id
    from (select * from driver where driver_id = ${driverId}) driver
    full join (select * from driver_latest where driver_id = ${driverId}) latest using (driver_id)`.execute(ctx.db);
  return rows[0];
}

/** The driver as this principal may see them: without a position where that is not for them to see. */
export function presentDriver(viewer: Principal, row: KnownDriver): Driver {
  const isSeen = sightOf(viewer, 'driver', row) === 'exact';
  return {
    driver_id: row.driverId,
    status: row.status,
    vehicle_type: row.vehicleType ?? null,
    latitude: isSeen ? (row.latitude ?? null) : null,
    longitude: isSeen ? (row.longitude ?? null) : null,
    recorded_at: isSeen ? (row.recordedAt?.toISOString() ?? null) : null,
    booking_id: row.bookingId ?? null,
  };
}

/** The driver as they see themselves; one who never called yet is Offline. */
export async function presentSelf(ctx: Context, self: Principal): Promise<Driver> {
  return presentDriver(self, (await loadDriver(ctx, self.id)) ?? { driverId: self.id, status: 'Offline' });
}
