import type { DriverDuty, DriverSignal, DriverStatus, DriverWork, Leg } from '@logi/contracts';
import type { EventTables } from '@logi/events';
import type { Tx } from '@logi/persistence';
import type { Generated, Selectable } from 'kysely';

type DriverTable = {
  driverId: string;
  vehicleType: string | null;
  duty: Generated<DriverDuty>;
  work: Generated<DriverWork>;
  signal: Generated<DriverSignal>;
  status: Generated<DriverStatus>;
  version: Generated<number>;
  bookingId: string | null;
  userId: string | null;
  statusCallAt: Date | null;
  wentDarkAt: Date | null;
  onDutySince: Date | null;
  jobSince: Date | null;
};

type DriverLatestTable = {
  driverId: string;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  seq: number | null;
  recordedAt: Date;
  receivedAt: Date;
  heardAt: Date | null;
  stands: boolean | null;
  /** Written and read where points are judged: state-rows.ts. */
  judging: unknown;
  stamp: Generated<number>;
};

type DriverHeardTable = {
  driverId: string;
  heardAt: Date | null;
  heardBy: string;
  device: string | null;
};

type DriverPlaceTable = {
  driverId: string;
  vehicleType: string | null;
  status: DriverStatus;
  latitude: number;
  longitude: number;
};

type TripTable = {
  bookingId: string;
  driverId: string;
  userId: string;
  /** Of the driver, as the trip began. */
  vehicleType: string | null;
  startedAt: Date;
  endedAt: Date | null;
  pickupLatitude: number | null;
  pickupLongitude: number | null;
  dropoffLatitude: number | null;
  dropoffLongitude: number | null;
  leg: Leg | null;
  stage: Generated<number>;
  closestMeters: number | null;
  closestAt: Date | null;
  progressAt: Generated<Date>;
  stalled: 'warned' | 'replace' | null;
  warnedAt: Date | null;
  version: Generated<number>;
  compactedAt: Date | null;
};

type TrailTable = {
  bookingId: string;
  driverId: string;
  startedAt: Date;
  endedAt: Date;
  distanceMeters: number;
  times: Date[];
  latitudes: number[];
  longitudes: number[];
  segmentStarts: number[];
};

/** The schema `tracking`; see migrations/0004_tracking.sql, 0007_trails.sql, 0008_stall_warnings.sql, 0009_judging.sql and 0017_trip_vehicle.sql. */
export type Tables = EventTables & {
  driver: DriverTable;
  driverLatest: DriverLatestTable;
  driverHeard: DriverHeardTable;
  driverPlace: DriverPlaceTable;
  trip: TripTable;
  trail: TrailTable;
};

export type TrackingTx = Tx<Tables>;
export type DriverRow = Selectable<DriverTable>;
export type LatestRow = Selectable<DriverLatestTable>;
export type TripRow = Selectable<TripTable>;
