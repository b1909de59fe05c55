import { expect } from '@jest/globals';
import type { Booking } from '@logi/contracts';
import { type Answer, call, eventually } from './http.ts';
import type { System } from './system.ts';

export const BERLIN = { latitude: 52.52, longitude: 13.4 };

/** A place so many metres north of another. */
export function north(of: { latitude: number; longitude: number }, meters: number) {
  return { latitude: of.latitude + meters / 111_195, longitude: of.longitude };
}

export function pointAt({ latitude, longitude }: { latitude: number; longitude: number }) {
  return { type: 'Point', coordinates: [longitude, latitude] };
}

/** What users, drivers and admins do, over the APIs that they have. */
export function actors(system: Pick<System, 'bookingUrl' | 'trackingUrl' | 'token'>) {
  const as = (role: 'user' | 'driver' | 'admin', id: string) => system.token(role, id);
  const onBooking = (token: string, bookingId: string, path: string, body?: unknown): Promise<Answer> =>
    call(body === undefined && path === '' ? 'GET' : 'POST', `${system.bookingUrl}/v1/bookings/${bookingId}${path}`, {
      token,
      ...(body !== undefined && { body }),
    });
  return {
    async book(userId: string, trip: { vehicleType?: string; pickup?: { latitude: number; longitude: number } } = {}) {
      const { vehicleType = 'van', pickup = BERLIN } = trip;
      const answer = await call('POST', `${system.bookingUrl}/v1/bookings`, {
        token: as('user', userId),
        body: {
          pickup_location: pointAt(pickup),
          dropoff_location: pointAt(north(pickup, 3_000)),
          vehicle_type: vehicleType,
        },
      });
      expect(answer).toMatchObject({ status: 201 });
      return answer.body as Booking; // the status says so
    },
    async goOnDuty(driverId: string, at: { vehicleType?: string; latitude: number; longitude: number }) {
      const { vehicleType = 'van', latitude, longitude } = at;
      const answer = await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
        token: as('driver', driverId),
        body: { status: 'Available', vehicle_type: vehicleType, latitude, longitude },
      });
      expect(answer).toMatchObject({ status: 200 });
    },
    goOffDuty: (driverId: string) =>
      call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
        token: as('driver', driverId),
        body: { status: 'Offline' },
      }),
    accept: (driverId: string, bookingId: string) => onBooking(as('driver', driverId), bookingId, '/accept', {}),
    decline: (driverId: string, bookingId: string) => onBooking(as('driver', driverId), bookingId, '/decline', {}),
    advance: (driverId: string, bookingId: string, status: string) =>
      onBooking(as('driver', driverId), bookingId, '/status', { status }),
    cancel: (role: 'user' | 'driver' | 'admin', id: string, bookingId: string, reason?: string) =>
      onBooking(as(role, id), bookingId, '/cancel', reason === undefined ? {} : { reason }),
    assign: (bookingId: string, driverId: string | null) =>
      onBooking(as('admin', 'ops'), bookingId, '/assign', { driver_id: driverId }),
    show: async (bookingId: string) => (await onBooking(as('admin', 'ops'), bookingId, '')).body as Booking,
    dispatch: async (bookingId: string) =>
      (await call('GET', `${system.bookingUrl}/v1/bookings/${bookingId}/dispatch`, { token: as('admin', 'ops') })).body,
    history: async (bookingId: string) =>
      (await call('GET', `${system.bookingUrl}/v1/bookings/${bookingId}/events`, { token: as('admin', 'ops') })).body
        .items,
    /** Resolves with the driver who is being asked now, once somebody is. */
    async askedDriver(bookingId: string): Promise<string> {
      return eventually(async () => {
        const { rounds } = await this.dispatch(bookingId);
        const open = rounds
          .flatMap((round: { candidates: { answer: string | null; driver_id: string }[] }) => round.candidates)
          .find((candidate: { answer: string | null }) => candidate.answer === 'open');
        expect(open).toBeDefined();
        return open.driver_id;
      });
    },
  };
}
