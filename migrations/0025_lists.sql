-- Apart from 0024, whose trigger notes what ends meanwhile: bookings go on while those of the past are counted.
select booking.recount_ended();

-- An admin's list by status, by type, or both, newest first: one walk of this index for each pair of them, however many rows
-- there are of others. Also which bookings are active.
create index booking_by_status on booking.booking (status, vehicle_type, created_at desc, booking_id desc);
-- The record by kind of act, and by kind of what it was done to.
create index audit_of_act on booking.audit (act, at desc, audit_id desc);
create index audit_of_subject_kind on booking.audit (subject_kind, at desc, audit_id desc);
