import { QUEUES } from '@logi/contracts';
import type { Facts, Told } from './facts.ts';
import type { CallEntry, Entry, HeardEntry, Who } from './history.ts';

/*
 * A small history in which all is well: Ulla books, Dave is asked, accepts, drives off and gives the booking back, Ulla
 * cancels. The checker's tests spoil it.
 */

export const ULLA: Who = { role: 'user', id: 'ulla' };
export const DAVE: Who = { role: 'driver', id: 'dave' };
export const OPS: Who = { role: 'admin', id: 'ops' };
export const B = 'booking-1';
const O = 'offer-1';
export const SEARCH_DEADLINE = '2026-01-01T00:02:00Z';
export const RECORDED_AT = '2026-01-01T00:00:05Z';
export const LATER = '2026-01-01T00:00:06Z';

export type Case = { entries: Entry[]; facts: Facts };

export function call(by: Who, rest: Partial<CallEntry> & Pick<CallEntry, 'op'>): CallEntry {
  return { kind: 'call', at: 1, by, bookingId: B, status: 200, ...rest };
}

export function answer(version: number, status: string): { text: string } {
  return { text: JSON.stringify({ booking_id: B, version, status }) };
}

export function heard(by: Who, type: string, payload: Record<string, unknown>): HeardEntry {
  const message = { type, user_id: by.role === 'admin' ? '' : by.id, payload };
  return { kind: 'heard', at: 1, by, socket: `${by.id} phone`, mode: 'logi.v2', connection: 0, message };
}

const AFTER = [
  { status: 'Searching', driver_id: null },
  { status: 'Accepted', driver_id: 'dave' },
  { status: 'Searching', driver_id: null },
  { status: 'Cancelled', driver_id: null },
];
export const status = (by: Who, version: number) =>
  heard(by, 'status_update', { booking_id: B, version, ...AFTER[version - 1] });
export const position = (recorded_at: string) =>
  heard(ULLA, 'driver_location', { booking_id: B, driver_id: 'dave', recorded_at });

export function plain(by: Who, type: string, payload: Record<string, unknown>): HeardEntry {
  return { ...heard(by, type, payload), socket: `${by.id} web`, mode: 'default', connection: 1 };
}

export function told(type: Told['type'], aggregateId: string, version: number, data: Record<string, unknown>): Told {
  const eventId = `${type} ${aggregateId} ${version}`;
  return { eventId, type, aggregateId, version, data, at: '2026-01-01T00:00:00Z', md5: `md5 of ${eventId}` };
}

export function goodHistory(): Case {
  const change = (version: number, from: string | null, to: string, by: Who, driverId: string | null) =>
    ({
      bookingId: B,
      version,
      from,
      to,
      driverId,
      actorRole: by.role,
      actorId: by.id,
      at: 1,
    }) as Facts['changes'][number];
  const status_of = (status: string, driver_id: string | null) => ({ user_id: 'ulla', driver_id, status });
  const events = [
    told('booking.created', B, 1, status_of('Searching', null)),
    told('drivers.requested', B, 1, { search_deadline: SEARCH_DEADLINE }),
    told('offer.created', O, 1, { driver_id: 'dave', booking_id: B }),
    told('offer.closed', O, 2, { driver_id: 'dave', booking_id: B, outcome: 'accepted' }),
    told('driver.work_changed', 'dave', 1, { driver_id: 'dave', work: 'On Job', booking_id: B }),
    told('booking.accepted', B, 2, status_of('Accepted', 'dave')),
    told('booking.searching', B, 3, status_of('Searching', null)),
    told('driver.work_changed', 'dave', 2, { driver_id: 'dave', work: 'Free', booking_id: null }),
    told('booking.cancelled', B, 4, status_of('Cancelled', null)),
    told('drivers.nominated', B, 1, {}),
    told('driver.status_changed', 'dave', 1, { driver_id: 'dave', status: 'Available' }),
  ];
  const effect = (queue: string, type: Told['type']) =>
    events.filter((event) => event.type === type).map(({ eventId }, index) => ({ queue, eventId, at: index }));
  return {
    entries: [
      ...[ULLA, DAVE, OPS].map(
        (by) => ({ kind: 'socket', at: 0, by, socket: `${by.id} phone`, mode: 'logi.v2' }) as const,
      ),
      { kind: 'socket', at: 0, by: ULLA, socket: 'ulla web', mode: 'default' },
      call(ULLA, { op: 'book', key: 'k', status: 0 }),
      call(ULLA, { op: 'book', key: 'k', status: 201, ...answer(1, 'Searching') }),
      call(DAVE, { op: 'accept', ...answer(2, 'Accepted') }),
      call(DAVE, { op: 'cancel', ...answer(3, 'Searching') }),
      call(ULLA, { op: 'cancel', ...answer(4, 'Cancelled') }),
      { kind: 'point', at: 1, driverId: 'dave', seq: 1, recordedAt: RECORDED_AT },
      { kind: 'point', at: 1, driverId: 'dave', seq: 2, recordedAt: LATER },
      { kind: 'acknowledged', at: 1, driverId: 'dave', seqs: [1] },
      heard(ULLA, 'new_booking_request', { booking_id: B }),
      status(ULLA, 1),
      heard(ULLA, 'booking_accepted', { booking_id: B, version: 2, driver_id: 'dave' }),
      status(ULLA, 2),
      position(RECORDED_AT),
      status(ULLA, 3),
      status(ULLA, 4),
      heard(DAVE, 'new_booking_request', { booking_id: B, offer_id: O }),
      heard(DAVE, 'booking_offer_closed', { booking_id: B, offer_id: O, outcome: 'accepted' }),
      status(DAVE, 2),
      status(DAVE, 3), // he has just lost it
      status(OPS, 1),
      heard(OPS, 'driver_status_update', { driver_id: 'dave', version: 1, status: 'Available' }),
      status(OPS, 2),
      status(OPS, 3),
      status(OPS, 4),
      plain(ULLA, 'status_update', { booking_id: B, status: 'Searching' }),
      plain(ULLA, 'status_update', { booking_id: B, status: 'Accepted' }),
      plain(ULLA, 'status_update', { booking_id: B, status: 'Searching' }),
    ],
    facts: {
      bookings: [{ bookingId: B, userId: 'ulla', driverId: null, status: 'Cancelled', version: 4 }],
      changes: [
        change(1, null, 'Searching', ULLA, null),
        change(2, 'Searching', 'Accepted', DAVE, 'dave'),
        change(3, 'Accepted', 'Searching', DAVE, null),
        change(4, 'Searching', 'Cancelled', ULLA, null),
      ],
      blocked: [],
      keys: [{ userId: 'ulla', key: 'k', bookingId: B }],
      told: events,
      effects: [
        ...effect(QUEUES.trackingBookingEvents, 'drivers.requested'),
        ...effect(QUEUES.trackingBookingEvents, 'driver.work_changed'),
        ...effect(QUEUES.bookingTrackingEvents, 'drivers.nominated'),
        ...effect(QUEUES.bookingTrackingEvents, 'driver.status_changed'),
      ],
      trips: [{ bookingId: B, driverId: 'dave', startedAt: '2026-01-01T00:00:00Z', endedAt: LATER }],
      drivers: [{ driverId: 'dave', work: 'Free', workSeen: 'Free', label: 'Available', labelSeen: 'Available' }],
      brokenInvariants: [],
      points: [
        { driverId: 'dave', seq: 1 },
        { driverId: 'dave', seq: 2 },
      ],
      dutyFixes: [],
      // The relay was cut off once and said its last event again.
      published: events.flatMap((event, index) => (index === 4 ? [event, event] : [event])),
    },
  };
}
