import type { DriverSignal } from '@logi/contracts';
import { connect, failpoint } from '@logi/persistence';
import type pg from 'pg';
import { copyPoints } from './copy-points.ts';
import { isNewer, type Point } from './point.ts';

/** A driver who has moved less than this is still where the map thinks. */
const PLACE_MOVE_METERS = 50;
const METERS_PER_DEGREE = 111_320;

/** A driver whose newest position is now another one, and of whom more than that is to be told or done. */
export type Moved = {
  point: Point;
  /** The job at hand, if there is one. */
  job: { bookingId: string; userId: string } | null;
  signal: DriverSignal;
  /** False for a driver who should be on the map and is not yet. */
  isPlaced: boolean;
};

/**
 * Moves the newest position of each driver forward in device time, and only forward: a late point joins the trail, not
 * the map. The comparison is isNewer's. Rows are locked in the order of driver ids, everywhere, so that two instances
 * cannot deadlock. The map follows those who have moved far enough, whatever the distance in the other direction.
 */
const ADVANCE = {
  name: 'advance-latest',
  text: `
    with moved as (
      insert into driver_latest as latest (driver_id, recorded_at, received_at, heard_at, latitude, longitude,
        accuracy, speed, heading, battery, seq)
      select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::float8[],
        $6::float8[], $7::real[], $8::real[], $9::real[], $10::real[], $11::bigint[])
      on conflict (driver_id) do update set
        recorded_at = excluded.recorded_at, received_at = excluded.received_at,
        heard_at = coalesce(excluded.heard_at, latest.heard_at), latitude = excluded.latitude,
        longitude = excluded.longitude, accuracy = excluded.accuracy, speed = excluded.speed,
        heading = excluded.heading, battery = excluded.battery, seq = excluded.seq
      where (latest.recorded_at, coalesce(latest.seq, -1), latest.latitude, latest.longitude)
        < (excluded.recorded_at, coalesce(excluded.seq, -1), excluded.latitude, excluded.longitude)
      returning driver_id, latitude, longitude
    ), placed as (
      update driver_place place set latitude = moved.latitude, longitude = moved.longitude
      from moved where place.driver_id = moved.driver_id and (
        abs(moved.latitude - place.latitude) * ${METERS_PER_DEGREE} > ${PLACE_MOVE_METERS}
        or abs(moved.longitude - place.longitude) * ${METERS_PER_DEGREE} * cos(radians(moved.latitude))
          > ${PLACE_MOVE_METERS})
    )
    select driver.driver_id, driver.signal, driver.booking_id, driver.user_id,
      place.driver_id is not null or driver.status = 'Offline' as is_placed
    from moved join driver using (driver_id) left join driver_place place using (driver_id)
    where driver.booking_id is not null or driver.signal <> 'Live'
      or (driver.status <> 'Offline' and place.driver_id is null)`,
};

type MovedRow = {
  driver_id: string;
  signal: DriverSignal;
  booking_id: string | null;
  user_id: string | null;
  is_placed: boolean;
};

/**
 * Writes points in one transaction: the trail, and the newest position of each driver. A point older than `freshMs` as
 * it came is no sign that its driver can be reached.
 */
export async function writePoints(
  pool: pg.Pool,
  points: readonly Point[],
  { freshMs }: { freshMs: number },
): Promise<Moved[]> {
  const newest = newestPerDriver(points);
  const client = await connect(pool);
  let isWhole = false;
  try {
    await client.query('begin');
    await copyPoints(client, points);
    const rows = newest.size === 0 ? [] : await advanceLatest(client, newest, freshMs);
    failpoint('before_commit');
    await client.query('commit');
    failpoint('after_commit');
    isWhole = true;
    return rows.flatMap((row) => toMoved(row, newest));
  } finally {
    client.release(!isWhole); // a connection in an unknown state is not used again
  }
}

async function advanceLatest(client: pg.ClientBase, newest: Map<string, Point>, freshMs: number): Promise<MovedRow[]> {
  const points = [...newest.values()].sort((a, b) => (a.driverId < b.driverId ? -1 : 1));
  const { rows } = await client.query<MovedRow>({
    ...ADVANCE,
    values: [
      points.map((point) => point.driverId),
      points.map((point) => point.recordedAt.toISOString()),
      points.map((point) => point.receivedAt.toISOString()),
      points.map((point) => (isFresh(point, freshMs) ? point.receivedAt.toISOString() : null)),
      points.map((point) => point.latitude),
      points.map((point) => point.longitude),
      points.map((point) => point.accuracy),
      points.map((point) => point.speed),
      points.map((point) => point.heading),
      points.map((point) => point.battery),
      points.map((point) => point.seq),
    ],
  });
  return rows;
}

export function isFresh({ recordedAt, receivedAt }: Point, freshMs: number): boolean {
  return receivedAt.getTime() - recordedAt.getTime() <= freshMs;
}

function toMoved(row: MovedRow, newest: Map<string, Point>): Moved[] {
  const point = newest.get(row.driver_id);
  if (!point) return [];
  const { booking_id: bookingId, user_id: userId, signal, is_placed: isPlaced } = row;
  const job = bookingId !== null && userId !== null ? { bookingId, userId } : null;
  return [{ point, job, signal, isPlaced }];
}

function newestPerDriver(points: readonly Point[]): Map<string, Point> {
  const newest = new Map<string, Point>();
  for (const point of points) {
    if (point.flaw !== null) continue;
    const known = newest.get(point.driverId);
    if (!known || isNewer(point, known)) newest.set(point.driverId, point);
  }
  return newest;
}
