import { percentile } from '../../testing/percentile.ts';
import { onNewGround, THIS } from '../pairs/side.ts';
import { printTable, type Row, type Suite } from '../suite.ts';
import { atRate, stepByStep, total, warm } from './measure.ts';
import { gather, type Moments } from './people.ts';
import { type Cpu, onServices } from './services.ts';

const RATES = [25, 50, 100];
const SECONDS = 12;
const IN_STEP = { bookings: 200, perSecond: 100 };
/** Drivers for all who are under way, also where a step lasts. */
const CROWD = { users: 200, drivers: 400 };

/** A booking's whole life: nine calls, and all that follows them. */
export const benchLife: Suite = async (servers) => {
  await onNewGround(servers, THIS, (ground) =>
    onServices(ground, async (place) => {
      const people = await gather(place, CROWD);
      try {
        const work = { people, cpu: place.cpu };
        await warm(work);
        const rows: Row[] = [];
        for (const perSecond of RATES) {
          const { moments, unserved, cpuPerBooking } = await atRate(work, { perSecond, seconds: SECONDS });
          const ours = `${inMilliseconds(cpuPerBooking)}${unserved > 0 ? `, ${unserved} never ended` : ''}`;
          rows.push({ what: `${perSecond} bookings/s`, ours }, ...waits(moments));
        }
        printTable('a booking, from its estimate to Delivered: CPU of all processes', rows);
        const steps = await stepByStep(work, IN_STEP);
        printTable(
          'the same by step, with what follows it',
          steps.map(({ name, cpuPerBooking }) => ({ what: name, ours: inMilliseconds(cpuPerBooking) })),
        );
      } finally {
        people.leave();
      }
    }),
  );
};

function inMilliseconds(cpu: Cpu): string {
  const parts = Object.entries(cpu).map(([who, ms]) => `${who} ${ms.toFixed(1)}`);
  return `${total(cpu).toFixed(1)} ms (${parts.join(', ')})`;
}

function waits(moments: readonly Moments[]): Row[] {
  const row = (what: string, of: (each: Moments) => number): Row => {
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(moments.map(of), share).toFixed(1));
    return { what: `  ${what}`, ours: `p50 ${p50} ms, p99 ${p99} ms` };
  };
  return [
    row('booked → offered', (each) => each.offered),
    row('offered → accepted', (each) => each.accepted - each.offered),
    row('accepted → the user told', (each) => Math.max(0, each.told - each.accepted)),
    row('booked → the user told of the acceptance', (each) => each.told),
  ];
}
