import type { DriverSignal, DriverStatus } from '@logi/contracts';
import type pg from 'pg';
import type { Point } from './point.ts';
import type { StampedState } from './state-rows.ts';

/** A driver who has moved less than this is still where the map thinks. */
const PLACE_MOVE_METERS = 50;
const METERS_PER_DEGREE = 111_320;

/** What is written of a driver: the fix that is shown, the state it was judged by, and when they were heard of. */
export type Advance = { shown: Point; state: StampedState; heardAt: Date };

/** A driver of whom more than their position is to be told or done. */
export type AdvancedRow = {
  driver_id: string;
  signal: DriverSignal;
  booking_id: string | null;
  user_id: string | null;
  job_since: number | null;
  on_duty_since: number | null;
  is_placed: boolean;
  status: DriverStatus | null;
};

/**
 * Writes what is shown of each driver, if the row is still as it was judged by: its stamp is one less than the new one.
 * Rows are locked in the order of driver ids, everywhere, so that two instances cannot deadlock. The map follows those
 * who have moved far enough, whatever the distance in the other direction. The first row says how many were written.
 * Times are numbers: as texts, three of them would take longer to make than all the rest.
 */
const ADVANCE = {
  name: 'advance-latest',
  text: `
    with moved as (
      insert into driver_latest as latest (driver_id, recorded_at, received_at, heard_at, latitude, longitude,
        accuracy, speed, heading, battery, seq, stands, judging, stamp)
      select id, to_timestamp(recorded / 1000), to_timestamp(received / 1000), to_timestamp(heard / 1000), lat, lon,
        accuracy, speed, heading, battery, seq, stands, judging, stamp
      from unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::real[],
        $8::real[], $9::real[], $10::real[], $11::bigint[], $12::boolean[], $13::jsonb[], $14::integer[])
        as came (id, recorded, received, heard, lat, lon, accuracy, speed, heading, battery, seq, stands, judging, stamp)
      on conflict (driver_id) do update set
        recorded_at = excluded.recorded_at, received_at = excluded.received_at,
        heard_at = greatest(excluded.heard_at, latest.heard_at), latitude = excluded.latitude,
        longitude = excluded.longitude, accuracy = excluded.accuracy, speed = excluded.speed,
        heading = excluded.heading, battery = excluded.battery, seq = excluded.seq, stands = excluded.stands,
        judging = excluded.judging, stamp = excluded.stamp
      where latest.stamp = excluded.stamp - 1
      returning driver_id, latitude, longitude
    ), placed as (
      update driver_place place set latitude = moved.latitude, longitude = moved.longitude
      from moved where place.driver_id = moved.driver_id and (
        abs(moved.latitude - place.latitude) * ${METERS_PER_DEGREE} > ${PLACE_MOVE_METERS}
        or abs(moved.longitude - place.longitude) * ${METERS_PER_DEGREE} * cos(radians(moved.latitude))
          > ${PLACE_MOVE_METERS})
    )
    select count(*)::integer as written, null as driver_id, null as signal, null::uuid as booking_id, null as user_id,
      null::float8 as job_since, null::float8 as on_duty_since, null::boolean as is_placed, null as status from moved
    union all
    select null, driver.driver_id, driver.signal, driver.booking_id, driver.user_id,
      extract(epoch from driver.job_since) * 1000, extract(epoch from driver.on_duty_since) * 1000,
      place.driver_id is not null or driver.status = 'Offline', case when $15::boolean then driver.status end
    from moved join driver using (driver_id) left join driver_place place using (driver_id)
    where $15::boolean or driver.booking_id is not null or driver.signal <> 'Live'
      or (driver.status <> 'Offline' and place.driver_id is null)`,
};

/** Undefined if another instance has written of one of them. */
export async function advanceLatest(
  client: pg.ClientBase,
  advances: readonly Advance[],
  { areAllAsked }: { areAllAsked: boolean },
): Promise<AdvancedRow[] | undefined> {
  const inOrder = [...advances].sort((a, b) => (a.shown.driverId < b.shown.driverId ? -1 : 1));
  const { rows } = await client.query<AdvancedRow & { written: number | null }>({
    ...ADVANCE,
    values: [
      inOrder.map(({ shown }) => shown.driverId),
      inOrder.map(({ shown }) => shown.recordedAt.getTime()),
      inOrder.map(({ shown }) => shown.receivedAt.getTime()),
      inOrder.map(({ heardAt }) => heardAt.getTime()),
      inOrder.map(({ shown }) => shown.latitude),
      inOrder.map(({ shown }) => shown.longitude),
      inOrder.map(({ shown }) => shown.accuracy),
      inOrder.map(({ shown }) => shown.speed),
      inOrder.map(({ shown }) => shown.heading),
      inOrder.map(({ shown }) => shown.battery),
      inOrder.map(({ shown }) => shown.seq),
      inOrder.map(({ state }) => state.stands),
      inOrder.map(({ state }) => state.judging),
      inOrder.map(({ state }) => state.stamp),
      areAllAsked,
    ],
  });
  const [first, ...advanced] = rows;
  return first?.written === inOrder.length ? advanced : undefined;
}
