-- Cells of the map were squares of degrees, named row:column, and are hexagons of H3 now. SQL cannot make their names: the
-- booking service does, for open bookings first (services/booking/src/bookings/rekey-cells.ts), also of those that an
-- instance of before still writes.
create index if not exists booking_square_cells on booking.booking (status) where cell like '%:%';

-- A surge fades within minutes, and no square's is that of a hexagon.
delete from booking.surge where cell like '%:%';
