import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { percentile } from '../../testing/percentile.ts';
import { type Ground, onNewGround, THIS } from '../pairs/side.ts';
import { printTable, type Row, type Suite } from '../suite.ts';
import { bareLives } from './bare.ts';
import { atRate, stepByStep, total, type Work, warm } from './measure.ts';
import { gather, type Moments } from './people.ts';
import { type Cpu, OURS, onServices, type Programs } from './services.ts';

const USUAL: Programs = {
  booking: 'tools/bench/life/usual/booking.ts',
  tracking: 'tools/bench/life/usual/tracking.ts',
  gateway: 'tools/bench/life/usual/gateway.ts',
};
const RATES = [25, 50, 100];
const SECONDS = 12;
const IN_STEP = { bookings: 200, perSecond: 100 };
/** Drivers for all who are under way, also where a step lasts. */
const CROWD = { users: 200, drivers: 400 };

/** A booking's whole life: nine calls, and all that follows them; beside it the usual design and the bare minimum. */
export const benchLife: Suite = async (servers) => {
  await onNewGround(servers, THIS, (ground) =>
    onPeople(ground, OURS, async (work) => {
      printTable('a booking, from its estimate to Delivered: CPU of all processes', await ratesOf(work));
      const steps = await stepByStep(work, IN_STEP);
      printTable(
        'the same by step, with what follows it',
        steps.map(({ name, cpuPerBooking }) => ({ what: name, ours: inMilliseconds(cpuPerBooking) })),
      );
    }),
  );
  await onNewGround(servers, THIS, async (ground) => {
    await makeUsualTables(ground.databaseUrl);
    await onPeople(ground, USUAL, async (work) => printTable('the usual design', await ratesOf(work)));
  });
  await onNewGround(servers, THIS, async (ground) => {
    printTable('bare: its rows and messages, and nothing else', [
      { what: 'a booking', ours: inMilliseconds(await bareLives(ground)) },
    ]);
  });
};

async function onPeople(ground: Ground, programs: Programs, use: (work: Work) => Promise<void>): Promise<void> {
  await onServices(ground, programs, async (place) => {
    const people = await gather(place, CROWD);
    try {
      const work = { people, cpu: place.cpu };
      await warm(work);
      await use(work);
    } finally {
      people.leave();
    }
  });
}

async function ratesOf(work: Work): Promise<Row[]> {
  const rows: Row[] = [];
  for (const perSecond of RATES) {
    const { moments, unserved, cpuPerBooking } = await atRate(work, { perSecond, seconds: SECONDS });
    const ours = `${inMilliseconds(cpuPerBooking)}${unserved > 0 ? `, ${unserved} never ended` : ''}`;
    rows.push({ what: `${perSecond} bookings/s`, ours }, ...waits(moments));
  }
  return rows;
}

async function makeUsualTables(databaseUrl: string): Promise<void> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  await db.query(await readFile(new URL('usual/tables.sql', import.meta.url), 'utf8'));
  await db.end();
}

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
