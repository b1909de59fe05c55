import { sql } from 'kysely';
import type { BookingTx } from '../tables.ts';

/** A driver can take one booking; the others are for those who are further away than it seemed, or decline. */
const ROUNDS_PER_FREE_DRIVER = 3;
/** A measurement of who is free is as good as none after this. */
const MEASURED_WITHIN_SECONDS = 60;
const MIN_WAIT_MS = 1_000;
/** Nobody waits longer until they are looked at again; a line of any length costs no more than that. */
const MAX_WAIT_MS = 60_000;

/** Rounds that others begin at this moment, and that cannot be seen yet. */
const UNSEEN = 10;
/** Tells these locks from others of two numbers. */
const PLACE_LOCKS = 1_002;

type Place = { cell: string; vehicleType: string };
/** By the database's clock; without a wait, the search may ask now. */
export type Turn = { now: Date; waitMs: number };

/**
 * Whether a search may ask for drivers now.
 *
 * The naive way is that each asks again after a pause of its own. With two thousand that search for ten drivers, hundreds
 * of rounds a second hear that nobody is free. Each costs more than one that is served, and those wait behind them.
 *
 * Ours is a line. In one cell and for one type, so many rounds begin in a second as there were free drivers when it was
 * last measured, times three. Who has no turn rests for as long as the line takes at that rate. A driver who becomes free
 * does not wait for it: the searches that are oldest are woken, and ask at once (wake-searches.ts).
 */
export async function turnToAsk(tx: BookingTx, place: Place): Promise<Turn> {
  return turnInLine(tx, place, await lookAtLine(tx, place));
}

/** The same, where the line has been looked at. */
export async function turnInLine(tx: BookingTx, place: Place, line: Line): Promise<Turn> {
  if (line.asked + UNSEEN < line.roundsPerSecond) return { now: line.now, waitMs: 0 };
  if (await isAlone(tx, place)) {
    const { now, asked, roundsPerSecond } = await lookAtLine(tx, place);
    if (asked < roundsPerSecond) return { now, waitMs: 0 };
  }
  const wholeMs = await wholeLineMs(tx, place, line.roundsPerSecond);
  const waitMs = Math.min(Math.max(wholeMs, MIN_WAIT_MS) * (0.8 + Math.random() * 0.4), MAX_WAIT_MS);
  return { now: line.now, waitMs };
}

/** Where more search than may ask in a second: how long the line takes. Who rests for less takes others' turns. */
export async function lineMs(tx: BookingTx, place: Place): Promise<number> {
  const { roundsPerSecond } = await lookAtLine(tx, place);
  if (roundsPerSecond === Infinity) return 0;
  const wholeMs = await wholeLineMs(tx, place, roundsPerSecond);
  return wholeMs > 1_000 ? Math.min(wholeMs, MAX_WAIT_MS) : 0;
}

type Line = { now: Date; roundsPerSecond: number; asked: number };

export async function lookAtLine(tx: BookingTx, { cell, vehicleType }: Place): Promise<Line> {
  // The time once, since only what stays the same lets an index find the rounds of the last second. And they are counted no
  // further than they matter: where many ask, each would count all the others.
  const { rows } = await sql<{ now: Date; roundsPerSecond: number | null; asked: number }>`
    with clock as materialized (select clock_timestamp() as now),
      measured as materialized (
        select ${ROUNDS_PER_FREE_DRIVER}::int * greatest(available_drivers, 1) as rounds_per_second from surge
        where cell = ${cell} and vehicle_type = ${vehicleType}
          and updated_at > (select now - make_interval(secs => ${MEASURED_WITHIN_SECONDS}) from clock))
    select now, (select rounds_per_second from measured),
      (select count(*) from measured, lateral (
        select from booking join search_round using (booking_id)
        where cell = ${cell} and vehicle_type = ${vehicleType} and status = 'Searching'
          and asked_at > (select now - interval '1 second' from clock)
          and requested_at > (select now - interval '1 second' from clock)
        limit rounds_per_second) lately) as asked
    from clock`.execute(tx);
  const [line] = rows;
  if (!line) throw new Error('the database told no time');
  // Where nobody has measured lately, nobody can say that it is hopeless.
  return { ...line, roundsPerSecond: line.roundsPerSecond ?? Infinity };
}

/** Near the limit one looks at a time, until its transaction ends. Who comes meanwhile has no turn, and waits for no lock. */
async function isAlone(tx: BookingTx, { cell, vehicleType }: Place): Promise<boolean> {
  const { rows } = await sql<{ isAlone: boolean }>`
    select pg_try_advisory_xact_lock(${PLACE_LOCKS}, hashtext(${`${cell} ${vehicleType}`})) as is_alone`.execute(tx);
  return rows[0]?.isAlone === true;
}

/** Until all who search there have asked once. */
async function wholeLineMs(tx: BookingTx, { cell, vehicleType }: Place, roundsPerSecond: number): Promise<number> {
  const { count } = await tx
    .selectFrom('booking')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('cell', '=', cell)
    .where('vehicleType', '=', vehicleType)
    .where('status', '=', 'Searching')
    .executeTakeFirstOrThrow();
  return (count / roundsPerSecond) * 1_000;
}
