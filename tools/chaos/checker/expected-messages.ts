import type { Facts, Told } from './facts.ts';
import type { Who } from './history.ts';

/** A message that somebody is to hear: `name` tells it from every other, `thing` is what its order is kept within. */
export type ExpectedMessage = { name: string; thing: string; says: Says };
/** The part of the payload that matters. */
export type Says = Record<string, unknown>;

/** Who is to hear what, in order, by role and id; an admin's id is empty, for all hear the same. */
export type ExpectedMessages = Map<string, ExpectedMessage[]>;

export function readerOf({ role, id }: Who): string {
  return role === 'admin' ? 'admin' : `${role} ${id}`;
}

/**
 * What the contract says is to be told of each event, written here a second time and apart from the gateway, so that a
 * mistake there is not taken over. In the order of the outboxes, which for each thing is that of its versions.
 */
export function expectedMessages({ told }: Facts): ExpectedMessages {
  const expected: ExpectedMessages = new Map();
  const drivers = new Map<string, unknown>();
  const expect = (reader: string, message: ExpectedMessage) => {
    const list = expected.get(reader);
    if (list) list.push(message);
    else expected.set(reader, [message]);
  };
  for (const event of told) {
    const { type, aggregateId, version, data } = event;
    if (type === 'offer.created' || type === 'offer.closed') {
      const name =
        type === 'offer.created'
          ? `new_booking_request ${aggregateId}`
          : `booking_offer_closed ${aggregateId} ${data['outcome']}`;
      const says: Says = { booking_id: data['booking_id'] };
      expect(`driver ${data['driver_id']}`, { name, thing: `offer ${aggregateId}`, says });
    } else if (type === 'driver.status_changed') {
      const name = `driver_status_update ${aggregateId} ${version}`;
      expect('admin', { name, thing: `driver ${aggregateId}`, says: { status: data['status'] } });
    } else if (type === 'driver.signal_changed') {
      const { user_id, booking_id, signal, heard_at } = data;
      const name = `driver_signal ${booking_id} ${signal} ${heard_at}`;
      expect(`user ${user_id}`, { name, thing: `signal ${booking_id}`, says: { driver_id: data['driver_id'] } });
    } else if (isOfBooking(event)) {
      const thing = `booking ${aggregateId}`;
      const user = `user ${data['user_id']}`;
      const by = { driver_id: data['driver_id'] };
      if (type === 'booking.created') expect(user, { name: `new_booking_request ${aggregateId}`, thing, says: {} });
      if (type === 'booking.accepted' || type === 'booking.handed_over')
        expect(user, { name: `booking_accepted ${aggregateId} ${version}`, thing, says: by });
      const update = {
        name: `status_update ${aggregateId} ${version}`,
        thing,
        says: { status: data['status'], ...by },
      };
      expect(user, update);
      // The one who has the booking, and who has just lost it.
      const concerned = new Set([data['driver_id'], drivers.get(aggregateId)]);
      for (const driver of concerned) if (typeof driver === 'string') expect(`driver ${driver}`, update);
      drivers.set(aggregateId, data['driver_id']);
      expect('admin', update);
    }
  }
  return expected;
}

function isOfBooking({ type }: Told): boolean {
  return type.startsWith('booking.');
}
