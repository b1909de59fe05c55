import { expect } from '@jest/globals';
import type { LatLon, Role } from '@logi/contracts';
import { requestsTo } from '../../../tools/testing/people/requests.ts';
import { eventually } from '../../../tools/testing/waiting.ts';
import { call } from '../http.ts';
import type { System } from '../services/system.ts';
import { act, book, goOnDuty, showBooking } from './people.ts';

export const BERLIN = { latitude: 52.52, longitude: 13.4 };

/** A place so many metres north of another. */
export function north(of: LatLon, meters: number): LatLon {
  return { latitude: of.latitude + meters / 111_195, longitude: of.longitude };
}

/** What users, drivers and admins of one system do, in short words, for tests in which they do much. */
export function actors(system: System) {
  const as = (role: Role, id: string) => (bookingId: string, action: string, body: object) =>
    act(system, { role, id }, bookingId, action, body);
  const requests = () => requestsTo(system);
  const read = async (bookingId: string, record: string) => {
    const { method, url } = requests().readRecord(bookingId, record);
    return (await call(method, url, { token: system.token('admin', 'ops') })).body;
  };
  const candidatesOf = async (bookingId: string): Promise<{ driver_id: string; answer: string | null }[]> => {
    const { rounds } = await read(bookingId, 'dispatch');
    return rounds.flatMap(({ candidates }: { candidates: object[] }) => candidates);
  };
  return {
    book: (userId: string, { vehicleType = 'van', pickup = BERLIN }: { vehicleType?: string; pickup?: LatLon } = {}) =>
      book(system, userId, { at: pickup, vehicleType }),
    goOnDuty: (driverId: string, { vehicleType = 'van', latitude, longitude }: LatLon & { vehicleType?: string }) =>
      goOnDuty(system, driverId, { at: { latitude, longitude }, vehicleType }),
    goOffDuty: (driverId: string) => {
      const { method, url, body } = requests().goOffDuty();
      return call(method, url, { token: system.token('driver', driverId), body });
    },
    accept: (driverId: string, bookingId: string) => as('driver', driverId)(bookingId, 'accept', {}),
    decline: (driverId: string, bookingId: string) => as('driver', driverId)(bookingId, 'decline', {}),
    advance: (driverId: string, bookingId: string, status: string) =>
      as('driver', driverId)(bookingId, 'status', { status }),
    cancel: (role: Role, id: string, bookingId: string, reason?: string) =>
      as(role, id)(bookingId, 'cancel', reason === undefined ? {} : { reason }),
    assign: (bookingId: string, driverId: string | null) =>
      as('admin', 'ops')(bookingId, 'assign', { driver_id: driverId }),
    show: (bookingId: string) => showBooking(system, bookingId),
    dispatch: (bookingId: string) => read(bookingId, 'dispatch'),
    history: async (bookingId: string) => (await read(bookingId, 'events')).items,
    /** Who was asked in each round in which somebody was, and what came of it. */
    async asked(bookingId: string): Promise<string[]> {
      const candidates = await candidatesOf(bookingId);
      return candidates.flatMap(({ driver_id, answer }) => (answer === null ? [] : `${driver_id}: ${answer}`));
    },
    /** Resolves with the driver who is being asked now, once somebody is. */
    async askedDriver(bookingId: string): Promise<string> {
      return eventually(async () => {
        const open = (await candidatesOf(bookingId)).find(({ answer }) => answer === 'open');
        expect(open).toBeDefined();
        return open?.driver_id ?? '';
      });
    },
  };
}
