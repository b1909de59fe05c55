import type { Facts, Told } from './facts.ts';
import type { Who } from './history.ts';

/** A message that somebody is owed: `name` tells it from every other, `thing` is what its order is kept within. */
export type Owed = { name: string; thing: string };

/** Who is to hear what, in order, by role and id; an admin's id is empty, for all hear the same. */
export type Owing = Map<string, Owed[]>;

export function readerOf({ role, id }: Who): string {
  return role === 'admin' ? 'admin' : `${role} ${id}`;
}

/**
 * What the contract says is to be told of each event, written here a second time and apart from the gateway, so that a
 * mistake there is not taken over. In the order of the outboxes, which for each thing is that of its versions.
 */
export function whatIsOwed({ told }: Facts): Owing {
  const owing: Owing = new Map();
  const drivers = new Map<string, unknown>();
  const owe = (reader: string, owed: Owed) => {
    const list = owing.get(reader);
    if (list) list.push(owed);
    else owing.set(reader, [owed]);
  };
  for (const event of told) {
    const { type, aggregateId, version, data } = event;
    if (type === 'offer.created' || type === 'offer.closed') {
      const message = type === 'offer.created' ? 'new_booking_request' : 'booking_offer_closed';
      owe(`driver ${data['driver_id']}`, { name: `${message} ${aggregateId}`, thing: `offer ${aggregateId}` });
    } else if (type === 'driver.status_changed') {
      owe('admin', { name: `driver_status_update ${aggregateId} ${version}`, thing: `driver ${aggregateId}` });
    } else if (isOfBooking(event)) {
      const thing = `booking ${aggregateId}`;
      const user = `user ${data['user_id']}`;
      if (type === 'booking.created') owe(user, { name: `new_booking_request ${aggregateId}`, thing });
      if (type === 'booking.accepted') owe(user, { name: `booking_accepted ${aggregateId} ${version}`, thing });
      const name = `status_update ${aggregateId} ${version}`;
      owe(user, { name, thing });
      // The one who has the booking, or has just lost it.
      const driver = data['driver_id'] ?? drivers.get(aggregateId) ?? null;
      if (driver !== null) owe(`driver ${driver}`, { name, thing });
      drivers.set(aggregateId, data['driver_id']);
      owe('admin', { name, thing });
    }
  }
  return owing;
}

function isOfBooking({ type }: Told): boolean {
  return type.startsWith('booking.');
}
