import type { Box, DriverSeen, DriverStatus } from '@logi/contracts';
import type { Database } from '@logi/persistence';
import { sql } from 'kysely';
import { placedWithin } from '../drivers/placed-within.ts';
import type { Tables } from '../tables.ts';

/** Far more than anybody may watch at one time. */
const MAX_PICTURED = 20_000;

type Row = {
  driverId: string;
  status: DriverStatus;
  vehicleType: string | null;
  bookingId: string | null;
  latitude: number;
  longitude: number;
  recordedAt: Date;
  heading: number | null;
  speed: number | null;
};

/** All drivers who are on the map there, also those who stand and say nothing. */
export async function pictureOf(db: Database<Tables>, bbox: Box): Promise<DriverSeen[]> {
  const { rows } = await sql<Row>`
    select driver.driver_id, driver.status, driver.vehicle_type, driver.booking_id, latest.latitude, latest.longitude,
      latest.recorded_at, latest.heading, latest.speed
    from driver_place place join driver using (driver_id) join driver_latest latest using (driver_id)
    where driver.status <> 'Offline' and ${placedWithin(bbox)} limit ${MAX_PICTURED}`.execute(db);
  return rows.map(presentSeen);
}

/** As gateways are told of a driver. */
export function presentSeen(row: Row): DriverSeen {
  const { heading, speed } = row;
  return {
    driver_id: row.driverId,
    status: row.status,
    vehicle_type: row.vehicleType,
    booking_id: row.bookingId,
    latitude: row.latitude,
    longitude: row.longitude,
    recorded_at: row.recordedAt.toISOString(),
    ...(heading !== null && { heading }),
    ...(speed !== null && { speed }),
  };
}
