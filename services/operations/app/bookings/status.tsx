import type { BookingStatus } from '@logi/contracts';
import { State, type Tone } from '../parts/states.tsx';

/** Columns of the board: the way of a booking, in the words of a dispatcher. */
export const STAGES: readonly { title: string; statuses: readonly BookingStatus[] }[] = [
  { title: 'Waiting for a driver', statuses: ['Scheduled', 'Searching'] },
  { title: 'Driver on the way', statuses: ['Accepted', 'En Route to Pickup'] },
  { title: 'At the pickup', statuses: ['Arrived at Pickup', 'Goods Collected'] },
  { title: 'Goods on the way', statuses: ['In Transit', 'Arrived at Drop-off'] },
  { title: 'Coming back', statuses: ['Returning'] },
];

export const TONES: Record<BookingStatus, Tone> = {
  Scheduled: 'rest',
  Searching: 'watch',
  Accepted: 'good',
  'En Route to Pickup': 'good',
  'Arrived at Pickup': 'good',
  'Goods Collected': 'good',
  'In Transit': 'good',
  'Arrived at Drop-off': 'good',
  Delivered: 'rest',
  Returning: 'watch',
  Returned: 'rest',
  Cancelled: 'rest',
  'No Driver Found': 'act',
};

/** From here on a person looks why it takes so long, in seconds. It says nothing of a booking that waits for its day. */
export const USUAL_SECONDS: Partial<Record<BookingStatus, number>> = {
  Searching: 60,
  Accepted: 5 * 60,
  'En Route to Pickup': 30 * 60,
  'Arrived at Pickup': 15 * 60,
  'Goods Collected': 10 * 60,
  'In Transit': 2 * 3_600,
  'Arrived at Drop-off': 15 * 60,
  Returning: 2 * 3_600,
};

export function Status({ status }: { status: BookingStatus }) {
  return <State tone={TONES[status]}>{status}</State>;
}
