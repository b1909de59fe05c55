import type { DriverStatus, Principal } from '@logi/contracts';

/** By which door somebody asks where a driver is. */
export const VIEWS = ['driver', 'nearby', 'location', 'trail'] as const;
export type View = (typeof VIEWS)[number];

export type Subject = {
  driverId: string;
  /** Asked for as a driver, or among drivers nearby: the label. */
  status?: DriverStatus;
  /** Asked for by a booking: the trip that the driver has or had for it. */
  trip?: { userId: string; isUnderWay: boolean };
};

/** `rough` is the middle of a cell, without a name. */
export type Sight = 'exact' | 'rough' | 'none';

/**
 * Who sees where a driver is: the whole rule. A driver sees themself. A booking's user and driver see its trip while it
 * is under way, from acceptance to the end, and never after. Users see roughly that drivers are about. Admins see
 * drivers on duty or on a job, and what was driven for a booking; where somebody is off duty is nobody's business.
 */
export function sightOf({ role, id }: Principal, view: View, { driverId, status, trip }: Subject): Sight {
  const isOnMap = status !== undefined && status !== 'Offline';
  const isUnderWay = trip?.isUnderWay === true;
  switch (role) {
    case 'admin':
      if (view === 'trail') return trip ? 'exact' : 'none';
      return (view === 'location' ? isUnderWay : isOnMap) ? 'exact' : 'none';
    case 'driver':
      if (view === 'driver') return id === driverId ? 'exact' : 'none';
      return view !== 'nearby' && isUnderWay && id === driverId ? 'exact' : 'none';
    case 'user':
      if (view === 'nearby') return status === 'Available' ? 'rough' : 'none';
      return view !== 'driver' && isUnderWay && id === trip?.userId ? 'exact' : 'none';
    default:
      return role satisfies never;
  }
}
