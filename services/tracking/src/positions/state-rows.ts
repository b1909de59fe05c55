import type pg from 'pg';
import { type Clock, RIGHT_CLOCK } from '../judging/clock.ts';
import { NO_DEVICES } from '../judging/devices.ts';
import type { Fix } from '../judging/fix.ts';
import { type DriverState, UNKNOWN_DRIVER } from '../judging/judge-driver.ts';
import type { Point } from './point.ts';

/** More points than this in a window are not looked at: the newest count. */
const MAX_WINDOW_POINTS = 1_000;

export type StampedState = DriverState<Point> & {
  /** Null: not known. A call that changes it changes the stamp. */
  vehicleType: string | null;
  /** Of the row as it was read or written; 0 where there is none. */
  stamp: number;
  /** The row's `judging`: all of the state that is out of the ordinary, and null of most drivers. */
  judging: string | null;
};

/** The form of `judging`. What is absent is as usual. */
type Judging = {
  flaw?: string;
  stranger?: Omit<Fix, 'recordedAt' | 'receivedAt'> & { recordedAt: number; receivedAt: number };
  clock?: Clock;
  devices?: { newestFirst: readonly string[]; fixAt: number; shown: string | null };
};

export function writeJudging({ belief, shown, flaw, clock, devices }: DriverState<Point>): string | null {
  const { stranger } = belief;
  const isUsual = !flaw && !stranger && clock.offsetMs === 0 && !clock.run && devices.newestFirst.length < 2;
  if (isUsual) return null;
  const judging: Judging = {
    ...((flaw || stranger) && { flaw: flaw ?? 'implausible' }),
    ...(stranger && {
      stranger: {
        latitude: stranger.latitude,
        longitude: stranger.longitude,
        accuracy: stranger.accuracy,
        speed: stranger.speed,
        seq: stranger.seq,
        device: stranger.device,
        isDeviceTimed: stranger.isDeviceTimed,
        recordedAt: stranger.recordedAt.getTime(),
        receivedAt: stranger.receivedAt.getTime(),
      },
    }),
    ...((clock.offsetMs !== 0 || clock.run) && { clock }),
    ...(devices.newestFirst.length > 1 && { devices: { ...devices, shown: shown?.device ?? null } }),
  };
  return JSON.stringify(judging);
}

/** Times are read as numbers: dates would take longer to parse than all the rest. */
type PointRow = Pick<
  Point,
  'driverId' | 'latitude' | 'longitude' | 'accuracy' | 'speed' | 'heading' | 'battery' | 'seq'
> & { recordedAt: number; receivedAt: number; isDeviceTimed: boolean };
type LatestRow = PointRow & Pick<StampedState, 'vehicleType' | 'stands' | 'stamp' | 'judging'>;

const POINT_COLUMNS = `driver_id as "driverId", latitude, longitude, accuracy, speed, heading, battery,
  seq::float8 as seq, (extract(epoch from recorded_at) * 1000)::float8 as "recordedAt",
  (extract(epoch from received_at) * 1000)::float8 as "receivedAt"`;

const UNLOCKED = {
  name: 'read-states',
  text: `select ${POINT_COLUMNS}, true as "isDeviceTimed", stands, stamp, judging::text,
      (select vehicle_type from driver where driver.driver_id = driver_latest.driver_id) as "vehicleType"
    from driver_latest where driver_id = any($1)`,
};
/** In the order in which the rows are written. */
const LOCKED = { name: 'lock-states', text: `${UNLOCKED.text} order by driver_id collate "C" for update` };

export function readStates(client: pg.ClientBase, driverIds: readonly string[]): Promise<Map<string, StampedState>> {
  return readBy(UNLOCKED, client, driverIds);
}

export function readStatesLocked(
  client: pg.ClientBase,
  driverIds: readonly string[],
): Promise<Map<string, StampedState>> {
  return readBy(LOCKED, client, driverIds);
}

async function readBy(
  statement: typeof UNLOCKED,
  client: pg.ClientBase,
  driverIds: readonly string[],
): Promise<Map<string, StampedState>> {
  const { rows } = await client.query<LatestRow>({ ...statement, values: [driverIds] });
  const states = new Map(rows.map((row) => [row.driverId, stateOf(row)]));
  const others = driverIds.filter((driverId) => !states.has(driverId));
  const vehicleTypes = others.length === 0 ? undefined : await readVehicleTypes(client, others);
  for (const driverId of others) {
    const vehicleType = vehicleTypes?.get(driverId) ?? null;
    states.set(driverId, { ...UNKNOWN_DRIVER, vehicleType, stamp: 0, judging: null });
  }
  return states;
}

async function readVehicleTypes(
  client: pg.ClientBase,
  driverIds: readonly string[],
): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ driverId: string; vehicleType: string | null }>({
    name: 'read-vehicle-types',
    text: `select driver_id as "driverId", vehicle_type as "vehicleType" from driver where driver_id = any($1)`,
    values: [driverIds],
  });
  return new Map(rows.map(({ driverId, vehicleType }) => [driverId, vehicleType]));
}

function stateOf({ vehicleType, stamp, judging: text, stands, ...row }: LatestRow): StampedState {
  const judging: Judging = text === null ? {} : JSON.parse(text); // as written above
  const { stranger, devices } = judging;
  const shown = { ...pointOf(row), device: devices?.shown ?? null };
  return {
    vehicleType,
    stamp,
    judging: text,
    belief: {
      believed: shown,
      stranger: stranger
        ? { ...stranger, recordedAt: new Date(stranger.recordedAt), receivedAt: new Date(stranger.receivedAt) }
        : null,
    },
    shown,
    stands,
    flaw: judging.flaw === undefined || judging.flaw === 'implausible' ? null : judging.flaw,
    clock: judging.clock ?? RIGHT_CLOCK,
    devices: devices ? { newestFirst: devices.newestFirst, fixAt: devices.fixAt } : NO_DEVICES,
  };
}

function pointOf(row: PointRow): Point {
  return {
    ...row,
    recordedAt: new Date(row.recordedAt),
    receivedAt: new Date(row.receivedAt),
    flaw: null,
    device: null,
    deviceTime: null,
    sentAt: null,
  };
}

/** The sound points of each driver from a time on, in their order, each once. */
export async function readWindows(
  client: pg.ClientBase,
  windows: readonly { driverId: string; from: Date }[],
): Promise<Map<string, Point[]>> {
  const { rows } = await client.query<PointRow>({
    name: 'read-windows',
    text: `
      select ${POINT_COLUMNS}, coalesce(device_time between recorded_at - interval '25 h' and recorded_at + interval '25 h', true)
          as "isDeviceTimed"
      from unnest($1::text[], $2::timestamptz[]) as win (id, since) cross join lateral (
        select distinct on (recorded_at, coalesce(seq, -1), latitude, longitude) *
        from position where driver_id = id and recorded_at >= since and flaw is null
        order by recorded_at desc, coalesce(seq, -1) desc, latitude desc, longitude desc, received_at
        limit ${MAX_WINDOW_POINTS}) point
      order by driver_id, recorded_at, coalesce(seq, -1), latitude, longitude`,
    values: [windows.map(({ driverId }) => driverId), windows.map(({ from }) => from.toISOString())],
  });
  return Map.groupBy(rows.map(pointOf), ({ driverId }) => driverId);
}
