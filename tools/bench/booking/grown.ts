import type pg from 'pg';
import { percentile } from '../../testing/percentile.ts';
import type { Row } from '../suite.ts';
import type { Calls } from './calls.ts';
import { addPast, addScheduled, countPast, idleTick, PAST_DAYS } from './tables.ts';

/*
 * What is asked of tables that have grown: bookings that wait for their time, and bookings of the past.
 */

export const PAST_BOOKINGS = 1_000_000;
const SCANS_BAR = 2;

export async function measureTicks(db: pg.Pool): Promise<Row[]> {
  await db.query(
    `update booking.booking set dispatch_due_at = null, status = 'No Driver Found' where status = 'Searching'`,
  );
  const rows: Row[] = [];
  let waiting = 0;
  for (const count of [1_000, 10_000, 100_000]) {
    await addScheduled(db, count - waiting);
    waiting = count;
    await db.query('analyze booking.booking');
    const ticks = [];
    for (let n = 0; n < 20; n += 1) ticks.push(await idleTick(db));
    const median = percentile(
      ticks.map((tick) => tick.milliseconds),
      0.5,
    );
    const byIndex = ticks.every((tick) => tick.byIndex);
    rows.push({ what: `${count} waiting`, ours: `${median.toFixed(3)} ms`, bar: 'by the index', isMet: byIndex });
  }
  return rows;
}

/** Beside it: how long the database takes to look at each of the same bookings, and nothing else. */
export async function measureStats({ db, url, adminToken }: Pick<Calls, 'db' | 'url' | 'adminToken'>): Promise<Row[]> {
  await addPast(db, PAST_BOOKINGS);
  await countPast(db);
  const rows: Row[] = [];
  for (const days of [1, 7, PAST_DAYS]) {
    const from = new Date(Date.now() - days * 86_400_000).toISOString();
    const askedAt = performance.now();
    const answer = await fetch(`${url}/v1/admin/stats?from=${from}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    await answer.json();
    if (answer.status !== 200) throw new Error(`statistics answered ${answer.status}`);
    const ours = performance.now() - askedAt;
    const lookedAt = performance.now();
    await db.query('select sum(price_minor), max(ended_at) from booking.booking where created_at >= $1', [from]);
    const scan = performance.now() - lookedAt;
    rows.push({
      what: `the last ${days} days`,
      ours: `${ours.toFixed(0)} ms`,
      peer: `bare scan ${scan.toFixed(0)} ms`,
      ...(days === PAST_DAYS && { bar: `<= ${SCANS_BAR} scans`, isMet: ours <= SCANS_BAR * scan }),
    });
  }
  return rows;
}
