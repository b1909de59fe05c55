import type pg from 'pg';
import { consume, db, publish, serve } from './server.ts';

const INTERNAL_ERROR = 'XX000';

serve(process.env['TRACKING_PORT'] ?? '', {
  'PUT /v1/drivers/me/status': {
    status: 200,
    route: async ({ principal }, { status, vehicle_type, latitude, longitude }) => {
      const text = `insert into driver (driver_id, status, vehicle_type, position) values ($1, $2, $3, $4)
        on conflict (driver_id) do update set status = excluded.status, position = excluded.position`;
      await db.query(text, [principal.id, status, vehicle_type, `SRID=4326;POINT(${longitude} ${latitude})`]);
      return { driver_id: principal.id, status };
    },
  },
});

await consume('usual.tracking', ['drivers.requested', 'driver.work_changed'], async (type, data) => {
  if (type === 'driver.work_changed') {
    const text = 'update driver set status = $2, booking_id = $3 where driver_id = $1';
    await db.query(text, [data.driver_id, data.status, data.booking_id ?? null]);
    return;
  }
  const [longitude, latitude] = data.pickup_location.coordinates;
  // The nearest is taken as found, so that two bookings do not get the same one.
  const text = `with nearest as materialized (
      select driver_id from driver where status = 'Available' and vehicle_type = $1
      order by position <-> $2::geography limit 1 for update skip locked)
    update driver set status = 'Busy' from nearest where driver.driver_id = nearest.driver_id returning driver.driver_id`;
  const place = `SRID=4326;POINT(${longitude} ${latitude})`;
  // PostgreSQL refuses now and then to lock a row that moved meanwhile: "attempted to lock invisible tuple".
  const take = (): Promise<pg.QueryResult> =>
    db.query(text, [data.vehicle_type, place]).catch((err) => {
      if (err.code !== INTERNAL_ERROR) throw err;
      return take();
    });
  const { rows } = await take();
  publish('drivers.nominated', { booking_id: data.booking_id, driver_id: rows[0]?.driver_id, booking: data });
});
