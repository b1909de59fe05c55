-- Since when the driver is on duty, and since when at the job at hand: what was recorded before either is nobody's to see.
alter table tracking.driver add column if not exists on_duty_since timestamptz;
alter table tracking.driver add column if not exists job_since timestamptz;
-- Whoever is at work as this is migrated has been so for as long as their points matter.
update tracking.driver set on_duty_since = coalesce(status_call_at, now()) where duty = 'Online';
update tracking.driver set job_since = trip.started_at from tracking.trip
  where trip.driver_id = driver.driver_id and trip.ended_at is null and driver.booking_id is not null;

-- Whether the device says, or shows by its fixes, that it stands. Null: neither.
alter table tracking.driver_latest add column if not exists stands boolean;
-- What the next point is judged by, where that is more than the fix: an unconfirmed stranger, the clock, other devices.
alter table tracking.driver_latest add column if not exists judging jsonb;
-- Counts the writes, so that an instance notices what another one has written.
alter table tracking.driver_latest add column if not exists stamp integer not null default 0;

-- When drivers were last heard of otherwise than by a point that moved them, and how; and by which device they send.
-- Rows stay where they are.
create table if not exists tracking.driver_heard (
  driver_id text primary key,
  heard_at timestamptz,
  heard_by text not null,
  device text
) with (fillfactor = 70);

-- What the device took for the time, where that was corrected; -infinity where it told none.
alter table tracking.position add column if not exists device_time timestamptz;

-- When `closest_meters` was measured: progress is being nearer than that some minutes later, not nearer than ever.
alter table tracking.trip add column if not exists closest_at timestamptz;
