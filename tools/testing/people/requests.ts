import { type BookingStatus, type GeoPoint, type LatLon, toGeoPoint } from '@logi/contracts';

/** A request as data: who sends it, with what patience, and what is made of its answer, is the sender's own. */
export type ApiRequest = { method: 'GET' | 'POST' | 'PUT'; url: string; body?: object };

/** What a driver goes through with a booking that they have accepted. */
export const STAGES = [
  'En Route to Pickup',
  'Arrived at Pickup',
  'Goods Collected',
  'In Transit',
  'Arrived at Drop-off',
  'Delivered',
] as const satisfies readonly BookingStatus[];

/** What a booking is of. */
export type Trip = { pickup_location: GeoPoint; dropoff_location: GeoPoint; vehicle_type: string };

export function tripBetween(pickup: LatLon, dropoff: LatLon, vehicleType: string): Trip {
  return {
    pickup_location: toGeoPoint(pickup),
    dropoff_location: toGeoPoint(dropoff),
    vehicle_type: vehicleType,
  };
}

export type Requests = ReturnType<typeof requestsTo>;

/** What users, drivers and admins ask of booking and tracking. */
export function requestsTo({ bookingUrl, trackingUrl }: { bookingUrl: string; trackingUrl: string }) {
  const bookings = `${bookingUrl}/v1/bookings`;
  const duty = `${trackingUrl}/v1/drivers/me/status`;
  return {
    estimate: (trip: Trip): ApiRequest => ({ method: 'POST', url: `${bookingUrl}/v1/estimates`, body: trip }),
    book: (order: Trip & { quote_id?: string; scheduled_at?: string }): ApiRequest => ({
      method: 'POST',
      url: bookings,
      body: order,
    }),
    /** `accept`, `decline`, `cancel`, `status`, … */
    act: (bookingId: string, action: string, body?: object): ApiRequest => ({
      method: 'POST',
      url: `${bookings}/${bookingId}/${action}`,
      ...(body && { body }),
    }),
    look: (bookingId: string): ApiRequest => ({ method: 'GET', url: `${bookings}/${bookingId}` }),
    /** What is on record of a booking: `events` or `dispatch`. */
    readRecord: (bookingId: string, record: string): ApiRequest => ({
      method: 'GET',
      url: `${bookings}/${bookingId}/${record}`,
    }),
    listOpen: ({ limit, cursor }: { limit: number; cursor?: string | null }): ApiRequest => {
      const query = new URLSearchParams({ active: 'true', limit: String(limit), ...(cursor && { cursor }) });
      return { method: 'GET', url: `${bookings}?${query}` };
    },
    goOnDuty: ({ latitude, longitude }: LatLon, vehicleType: string): ApiRequest => ({
      method: 'PUT',
      url: duty,
      body: { status: 'Available', vehicle_type: vehicleType, latitude, longitude },
    }),
    goOffDuty: (): ApiRequest => ({ method: 'PUT', url: duty, body: { status: 'Offline' } }),
  };
}

/** One attempt; rejects when no whole answer comes in time. */
export async function send(
  { method, url, body }: ApiRequest,
  { token, headers, timeoutMs }: { token: string; headers?: Record<string, string>; timeoutMs: number },
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, text: await response.text() };
}
