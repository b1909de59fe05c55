import type { DataOf } from '@logi/client/http';
import type { Booking, BookingStatus, GeoPoint } from '@logi/contracts';
import { ask, type Query, Refusal, segment } from './api.ts';

/* Bookings, what became of them, and what an admin may do with them. */

export type BookingPage = { items: Booking[]; next_cursor: string | null };
export type Change = DataOf<'listHistory'>['items'][number];
export type Dispatch = DataOf<'getDispatch'>;
export type Round = Dispatch['rounds'][number];
export type Candidate = Round['candidates'][number];
export type Trail = DataOf<'getBookingTrail'>;
export type Location = DataOf<'getBookingLocation'>;
export type Estimate = DataOf<'createEstimate'>;

/** As many as one answer has. */
export const PAGE = 100;

export function listBookings(query: Query, signal?: AbortSignal): Promise<BookingPage> {
  return ask('/booking/v1/bookings', { query: { limit: PAGE, ...query }, ...(signal && { signal }) });
}

/** The newest that are under way, up to a number; whether there are more is told. */
export async function listActive(query: Query, { most, signal }: { most: number; signal: AbortSignal }) {
  const items: Booking[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await listBookings({ ...query, active: true, cursor: cursor ?? undefined }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < most);
  return { items, hasMore: cursor !== null };
}

const path = (id: string, rest = '') => `/booking/v1/bookings/${segment(id)}${rest}`;

export function getBooking(id: string, signal?: AbortSignal): Promise<Booking> {
  return ask(path(id), signal && { signal });
}

export async function getHistory(id: string, signal?: AbortSignal): Promise<Change[]> {
  return (await ask<DataOf<'listHistory'>>(path(id, '/events'), signal && { signal })).items;
}

export function getDispatch(id: string, signal: AbortSignal): Promise<Dispatch> {
  return ask(path(id, '/dispatch'), { signal });
}

/** There need be none: that is no fault. */
export async function orNone<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (err) {
    if (err instanceof Refusal && err.status === 404) return null;
    throw err;
  }
}

export function getTrail(id: string, signal: AbortSignal): Promise<Trail> {
  return ask(`/tracking/v1/bookings/${segment(id)}/trail`, { signal });
}

export function getLocation(id: string, signal: AbortSignal): Promise<Location> {
  return ask(`/tracking/v1/bookings/${segment(id)}/location`, { signal });
}

export async function listVehicleTypes(signal: AbortSignal): Promise<string[]> {
  const { items } = await ask<DataOf<'listVehicleTypes'>>('/booking/v1/vehicle-types', { signal });
  return items.map(({ vehicle_type }) => vehicle_type);
}

export async function listReasons(signal: AbortSignal) {
  return (await ask<DataOf<'listCancellationReasons'>>('/booking/v1/cancellation-reasons', { signal })).items;
}

export type Shipment = {
  pickup_location: GeoPoint;
  dropoff_location: GeoPoint;
  vehicle_type: string;
  scheduled_at?: string;
};

export function estimate(shipment: Shipment): Promise<Estimate> {
  return ask('/booking/v1/estimates', { method: 'POST', body: shipment });
}

type Order = Shipment & { quote_id: string; on_behalf_of: string };

/** `key` says that it is one order, however often it is sent. */
export function book(order: Order, key: string): Promise<Booking> {
  return ask('/booking/v1/bookings', { method: 'POST', body: order, headers: { 'idempotency-key': key } });
}

export function advance(id: string, status: BookingStatus): Promise<Booking> {
  return ask(path(id, '/status'), { method: 'POST', body: { status } });
}

/** Null takes it from whoever has it, and looks for another. */
export function assign(id: string, driverId: string | null): Promise<Booking> {
  return ask(path(id, '/assign'), { method: 'POST', body: { driver_id: driverId } });
}

export function cancel(id: string, reason: string): Promise<Booking> {
  return ask(path(id, '/cancel'), { method: 'POST', body: reason === '' ? {} : { reason } });
}

export function exclude(id: string, driverId: string): Promise<undefined> {
  return ask(path(id, `/excluded-drivers/${segment(driverId)}`), { method: 'PUT' });
}

export function readmit(id: string, driverId: string): Promise<void> {
  return ask(path(id, `/excluded-drivers/${segment(driverId)}`), { method: 'DELETE' });
}
