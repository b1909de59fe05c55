-- What the driver drove as the trip began: a trail has no leaps that this cannot make. Null: not known.
alter table tracking.trip add column if not exists vehicle_type text;
