import type { Change } from '../data/bookings.ts';
import { quoted } from '../parts/plain.ts';

function who({ role, id }: Change['actor']): string {
  return role === 'system' || id === null ? 'Logi' : quoted(id);
}

/** A change as a dispatcher would say it; `before` is the one before it, where there is one. */
export function sentence(change: Change, before: Change | undefined): string {
  const { from, to, actor, driver_id: driverId } = change;
  const [by, driver] = [who(actor), quoted(driverId ?? '')];
  const previous = quoted(before?.driver_id ?? '');
  if (from === null) return to === 'Scheduled' ? `${by} booked for later` : `${by} booked`;
  if (from === to) return `${by} handed the goods over from ${previous} to ${driver}`;
  switch (to) {
    case 'Searching':
      if (from === 'Scheduled') return 'The search for a driver began';
      return actor.role === 'driver'
        ? `${by} gave it back`
        : `${by} took it from ${previous}, and looks for another driver`;
    case 'Accepted':
      return actor.role === 'driver' ? `${by} took it` : `${by} gave it to ${driver}`;
    case 'No Driver Found':
      return 'Nobody was found';
    case 'Cancelled':
      return `${by} cancelled it`;
    case 'Returning':
      return `${by} has the goods brought back`;
    default:
      return `${by} said: ${to}`;
  }
}
