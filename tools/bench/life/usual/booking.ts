import { randomUUID } from 'node:crypto';
import { type Body, consume, db, publish, serve, transact } from './server.ts';

const PRICE_MINOR = 2_550;

const point = ({ coordinates }: Body) => `SRID=4326;POINT(${coordinates[0]} ${coordinates[1]})`;

serve(process.env['BOOKING_PORT'] ?? '', {
  'POST /v1/estimates': {
    status: 200,
    route: async ({ principal }, body) => {
      const quoteId = randomUUID();
      const text = `insert into quote (quote_id, user_id, price_minor, body, expires_at)
        values ($1, $2, $3, $4, now() + interval '5 minutes')`;
      await db.query(text, [quoteId, principal.id, PRICE_MINOR, JSON.stringify(body)]);
      return { quote_id: quoteId, price_estimate: PRICE_MINOR / 100, currency: 'EUR' };
    },
  },
  'POST /v1/bookings': {
    status: 201,
    route: async ({ principal }, body) => {
      const booking = { booking_id: randomUUID(), user_id: principal.id, status: 'Searching', ...body };
      await transact(async (client) => {
        await client.query(
          'update quote set used_at = now() where quote_id = $1 and user_id = $2 and used_at is null',
          [body.quote_id, principal.id],
        );
        const text = `insert into booking (booking_id, user_id, status, pickup, dropoff, vehicle_type, price_minor)
          values ($1, $2, 'Searching', $3, $4, $5, $6)`;
        const places = [point(body.pickup_location), point(body.dropoff_location)];
        await client.query(text, [booking.booking_id, principal.id, ...places, body.vehicle_type, PRICE_MINOR]);
        await record(client, booking.booking_id, 'Searching', principal.id);
      });
      publish('booking.created', booking);
      publish('drivers.requested', booking);
      return booking;
    },
  },
  'POST /v1/bookings/:id/accept': {
    status: 200,
    route: async ({ principal }, _body, path) => move(path[2] ?? '', 'Accepted', principal.id),
  },
  'POST /v1/bookings/:id/status': {
    status: 200,
    route: async ({ principal }, body, path) => move(path[2] ?? '', body.status, principal.id),
  },
});

async function move(bookingId: string, status: string, driverId: string): Promise<object> {
  const booking = await transact(async (client) => {
    const { rows } = await client.query('select * from booking where booking_id = $1 for update', [bookingId]);
    const from: unknown = rows[0]?.status;
    if (from === undefined || (status === 'Accepted' && from !== 'Searching')) throw new Error(`not from ${from}`);
    if (status === 'Accepted') {
      await client.query(
        `update offer set state = 'accepted', closed_at = now() where booking_id = $1 and driver_id = $2`,
        [bookingId, driverId],
      );
    }
    const text = `update booking set status = $2, driver_id = $3, updated_at = now() where booking_id = $1 returning *`;
    const changed = await client.query(text, [bookingId, status, driverId]);
    await record(client, bookingId, status, driverId);
    return changed.rows[0];
  });
  publish(status === 'Accepted' ? 'booking.accepted' : 'booking.moved', booking);
  if (status === 'Accepted')
    publish('driver.work_changed', { driver_id: driverId, status: 'Busy', booking_id: bookingId });
  if (status === 'Delivered') publish('driver.work_changed', { driver_id: driverId, status: 'Available' });
  return booking;
}

async function record(client: Pick<typeof db, 'query'>, bookingId: string, status: string, actor: string) {
  await client.query('insert into history (booking_id, status, actor) values ($1, $2, $3)', [bookingId, status, actor]);
}

await consume('usual.booking', ['drivers.nominated'], async (_type, { booking_id, driver_id, booking }) => {
  if (driver_id === undefined) return;
  await db.query(`insert into offer (offer_id, booking_id, driver_id, state) values ($1, $2, $3, 'open')`, [
    randomUUID(),
    booking_id,
    driver_id,
  ]);
  publish('offer.created', { ...booking, driver_id });
});
