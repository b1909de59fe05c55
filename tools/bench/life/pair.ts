import { percentile } from '../../testing/percentile.ts';
import type { Ground } from '../pairs/side.ts';
import { type Figures, OF_A_LIFE } from '../pairs/verdict.ts';
import { atATime, total, warm } from './measure.ts';
import { gather } from './people.ts';
import { OURS, onServices } from './services.ts';

const LOAD = { bookings: 240, lanes: 8 };
const CROWD = { users: 60, drivers: 60 };

/** Bookings from the estimate to Delivered through the services of one side. */
export async function wholeLives(ground: Ground): Promise<Figures> {
  return onServices(ground, OURS, async (place) => {
    const people = await gather(place, CROWD);
    try {
      const work = { people, cpu: place.cpu };
      await warm(work);
      const { moments, cpuPerBooking } = await atATime(work, LOAD);
      const told = moments.map((each) => each.told);
      return {
        'CPU ms of a whole life': total(cpuPerBooking),
        ...Object.fromEntries(Object.entries(cpuPerBooking).map(([who, ms]) => [`${OF_A_LIFE}${who}`, ms])),
        'ms booked to told, p50': percentile(told, 0.5),
        'ms booked to told, p99': percentile(told, 0.99),
      };
    } finally {
      people.leave();
    }
  });
}
