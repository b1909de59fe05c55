import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { type Calls, onBooking } from './calls.ts';

const CALLS = 2_000;

/** Acceptances, bookings and estimates by HTTP, as many at a time as the pool has connections. */
export async function acceptCreateEstimate(ground: Ground): Promise<Figures> {
  return onBooking(ground, async ({ accepts, creates, estimates, measure }) => {
    const figures = async (name: string, tasks: Parameters<Calls['measure']>[0]): Promise<Figures> => {
      const { cpu } = await measure(tasks);
      return {
        [`${name}: CPU µs of the service`]: cpu.service,
        [`${name}: CPU µs of service and servers`]: cpu.service + cpu.postgres + cpu.rabbitmq,
      };
    };
    return {
      ...(await figures('accept', await accepts(CALLS))),
      ...(await figures('estimate', estimates(CALLS))),
      ...(await figures('create', creates(CALLS))),
    };
  });
}
