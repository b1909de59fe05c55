import type { BookingStatus, Leg } from '@logi/contracts';

/** What the driver of a booking is on the way to; null: to nothing that we could tell the distance of. */
export function legIn(status: BookingStatus): Leg | null {
  switch (status) {
    case 'Accepted':
    case 'En Route to Pickup':
      return 'pickup';
    case 'Goods Collected':
    case 'In Transit':
      return 'dropoff';
    default:
      return null;
  }
}
