-- Apart from 0024, whose trigger notes what ends meanwhile: bookings go on while those of the past are counted.
select booking.recount_ended();
