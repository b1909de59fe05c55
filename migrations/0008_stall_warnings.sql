-- When a driver was warned of. However long there was no progress before it, there is time after it to come nearer. Null
-- beside `warned`: by a service of before this column; then the time without progress decides alone.
alter table tracking.trip add column if not exists warned_at timestamptz;
