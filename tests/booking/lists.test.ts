import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { BOOKING_STATUSES, isTerminal, type Principal } from '@logi/contracts';
import { migrate, openDatabase } from '@logi/persistence';
import type { CompiledQuery } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { findActs } from '../../services/booking/src/audit/audit-store.ts';
import { type BookingFilter, listBookings } from '../../services/booking/src/bookings/booking-store.ts';
import { countByDriver, countByGroup, countReasons } from '../../services/booking/src/bookings/stats.ts';
import type { Context } from '../../services/booking/src/context.ts';
import type { Cursor } from '../../services/booking/src/cursor.ts';
import type { Tables } from '../../services/booking/src/tables.ts';
import { openSql, type Rows } from '../support/database.ts';
import { inTwoSizes } from '../support/long.ts';
import { createEmptyDatabase } from '../support/servers.ts';

/* What the lists read, by the plans of the statements that they really ask, prepared as the services prepare them. */

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const LIMIT = 21;
/** Of each pair of status and vehicle type no more than a page, and a page's worth more for what a filter leaves out. */
const MOST_ROWS = BOOKING_STATUSES.length * 4 * LIMIT;
const ADMIN: Principal = { role: 'admin', id: 'ops' };
const DAY_MS = 86_400_000;

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let sql: Rows;
let ctx: Context;
let asked: CompiledQuery[] = [];
beforeAll(async () => {
  database = await createEmptyDatabase();
  await migrate({ url: database.databaseUrl, directory: MIGRATIONS });
  ({ sql } = await openSql(database.databaseUrl));
  const log = pino({ level: 'silent' });
  const plain = openDatabase<Tables>({ url: database.databaseUrl, schema: 'booking', name: 'lists', log, poolSize: 1 });
  const db = plain.withPlugin({
    transformQuery({ node, queryId }) {
      asked.push(plain.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  ctx = { db } as Context; // of which a store takes no more
});
afterAll(async () => {
  await ctx.db.destroy();
  await database.discard();
});

const STEP = 20_000;

/** Trips of most of a year, and among them a few of each other fate and of a rare type; acts, of which few are of one kind. */
async function fill(count: number): Promise<void> {
  await sql(`set session_replication_role = replica`); // no triggers: it is much
  await sql(`set search_path = booking, public`);
  for (let first = 1; first <= count; first += STEP) await fillStep(count, first, first + STEP - 1);
  await sql(`set session_replication_role = origin`);
  for (const table of ['booking', 'offer', 'history', 'audit']) await sql(`vacuum analyze ${table}`);
  for (let counted = STEP; counted === STEP; ) {
    const [row] = await sql('select count_ended($1) as counted', [STEP]);
    counted = Number(row?.['counted']);
  }
  for (const table of ['ended_uncounted', 'ended_hour', 'ended_reason', 'driver_day'])
    await sql(`vacuum analyze ${table}`);
}

async function fillStep(count: number, first: number, last: number): Promise<void> {
  await sql(
    `with made as (
       insert into booking (booking_id, user_id, driver_id, status, version, pickup_latitude, pickup_longitude,
         dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell, created_at, offered_at, accepted_at,
         collected_at, ended_at, search_deadline, dispatch_due_at)
       select gen_random_uuid(), 'user ' || n % ($1 / 100), case status when 'Searching' then null else 'driver ' || n % 500 end,
         status, 1, 1, 1, 1, 1, case when n % ($1 / 10) = 11 then 'truck' when n % 3 = 0 then 'van' else 'car' end, 1, 'EUR', 'c',
         at, at, at, at, at, at, at
       from (select n, now() - n * interval '300 days' / $1::integer as at, case
           when n % ($1 / 20) = 7 then 'Returned' when n % ($1 / 30) = 9 then 'Searching' when n % 50 = 5 then 'Cancelled'
           else 'Delivered' end as status
         from generate_series($2::integer, $3::integer) n) past
       returning booking_id, user_id, driver_id, status, created_at
     ), offered as (
       insert into offer (offer_id, booking_id, driver_id, round, rank, distance_meters, state, created_at, expires_at)
       select gen_random_uuid(), booking_id, driver_id, 1, 1, 1, 'accepted', created_at, created_at from made
       where driver_id is not null
     ), noted as (
       insert into ended_uncounted select booking_id from made where status <> 'Searching'
     )
     insert into history (booking_id, version, to_status, actor_role, actor_id, at)
     select booking_id, 1, 'Searching', 'user', user_id, created_at from made`,
    [count, first, last],
  );
  await sql(
    `insert into audit (audit_id, actor_role, actor_id, act, subject_kind, subject_id, details, at)
     select gen_random_uuid(), 'admin', 'admin ' || n % 20, case when n % ($1 / 10) = 3 then 'principal.blocked' else 'position.read' end,
       case when n % ($1 / 10) = 3 then 'user' else 'driver' end, 'driver ' || n % 500, '{}', now() - n * interval '1 min'
     from generate_series($2::integer, $3::integer) n`,
    [count, first, last],
  );
}

type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
};

/** Each step of the plans of what is asked meanwhile, made once for these values, and once for all. */
async function plansOf(ask: () => Promise<unknown>): Promise<Plan[]> {
  asked = [];
  await ask();
  expect(asked).not.toEqual([]);
  const plans: Plan[] = [];
  for (const { sql: text, parameters } of asked) {
    await sql(`prepare asked as ${text}`);
    const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`;
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await sql(`set plan_cache_mode = ${mode}`);
      const [row] = await sql(`explain (analyze, timing off, format json) execute asked${values}`);
      const [plan] = (row?.['QUERY PLAN'] ?? []) as { Plan: Plan }[]; // as PostgreSQL documents it
      plans.push(...(plan ? steps(plan.Plan) : []));
    }
    await sql('deallocate asked');
  }
  return plans;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((each) => JSON.stringify(each))}}`);
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

function steps(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(steps)];
}

const LARGE = ['booking', 'offer', 'history', 'audit'];
const scanned = (plans: Plan[]) =>
  plans.filter((step) => step['Node Type'] === 'Seq Scan' && LARGE.includes(step['Relation Name'] ?? ''));
const rowsOf = (step: Plan) => (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];

async function expectPage(name: string, ask: (limit: number) => Promise<unknown>): Promise<void> {
  const plans = await plansOf(() => ask(LIMIT));
  expect({ name, tooMany: plans.filter((step) => rowsOf(step) > MOST_ROWS) }).toEqual({ name, tooMany: [] });
  expect({ name, scanned: scanned(plans) }).toEqual({ name, scanned: [] });
}

/** Two pages one after the other are what a look at each row finds. */
async function expectRight(name: string, filter: BookingFilter): Promise<void> {
  const page = (after?: Cursor) => listBookings(ctx, ADMIN, { filter, after, limit: LIMIT });
  const first = await page();
  const last = first.at(-1);
  const second = last ? await page({ at: last.createdAt, id: last.bookingId }) : [];
  const all = await sql(
    `select booking_id from booking
     where ($1::text[] is null or status = any($1)) and ($2::text is null or vehicle_type = $2)
       and ($3::text is null or user_id = $3) and ($4::text is null or driver_id = $4)
     order by created_at desc, booking_id desc limit $5`,
    [filter.statuses, filter.vehicleType, filter.userId, filter.driverId, 2 * LIMIT],
  );
  const found = [...first, ...second].map(({ bookingId }) => bookingId);
  expect({ name, found }).toEqual({ name, found: all.map((row) => row['booking_id']) });
}

const FILTERS: Record<string, BookingFilter> = {
  all: {},
  rare: { statuses: ['Returned'] },
  none: { statuses: ['Arrived at Pickup'] },
  active: { statuses: BOOKING_STATUSES.filter((status) => !isTerminal(status)) },
  over: { statuses: BOOKING_STATUSES.filter(isTerminal) },
  'a rare type': { vehicleType: 'truck' },
  'a type with none': { vehicleType: 'bike' },
  'no such type': { vehicleType: 'spaceship' },
  'a rare pair': { statuses: ['Cancelled'], vehicleType: 'truck' },
  'of a user': { userId: 'user 7' },
  'of a user, with a status': { userId: 'user 7', statuses: ['Returned'] },
  'of a driver': { driverId: 'driver 7' },
};

inTwoSizes(
  'a page of a list reads about a page, and statistics look at no table whole, however many bookings there are',
  { short: 20_000, long: 300_000 },
  {
    timeoutMs: 600_000,
    run: async (count) => {
      await fill(count);
      const at = new Date(Date.now() - 200 * DAY_MS);
      const deep = { at, id: '80000000-0000-4000-8000-000000000000' };
      for (const [name, filter] of Object.entries(FILTERS)) {
        await expectRight(name, filter);
        await expectPage(name, (limit) => listBookings(ctx, ADMIN, { filter, after: undefined, limit }));
        await expectPage(`${name}, deep`, (limit) => listBookings(ctx, ADMIN, { filter, after: deep, limit }));
        const within = { ...filter, from: new Date(at.getTime() - 30 * DAY_MS), to: at };
        await expectPage(`${name}, in a time`, (limit) =>
          listBookings(ctx, ADMIN, { filter: within, after: undefined, limit }),
        );
      }
      for (const role of ['user', 'driver'] as const) {
        const page = { filter: FILTERS['active'] ?? {}, after: undefined, limit: LIMIT };
        await expectPage(role, () => listBookings(ctx, { role, id: `${role} 7` }, page));
      }
      const any = { actorId: undefined, act: undefined, subjectKind: undefined, subjectId: undefined };
      for (const some of [
        {},
        { actorId: 'admin 7' },
        { act: 'principal.blocked' },
        { subjectKind: 'user' },
        { subjectId: 'driver 7' },
      ] as const) {
        const filter = { ...any, from: undefined, to: undefined, ...some };
        await expectPage(JSON.stringify(some), (limit) => findActs(ctx, { filter, after: undefined, limit }));
        await expectPage(JSON.stringify(some), (limit) => findActs(ctx, { filter, after: deep, limit }));
      }
      const range = { from: new Date(Date.now() - 299.5 * DAY_MS), to: new Date(Date.now() - DAY_MS / 3) };
      for (const count of [countByGroup, countReasons, (...[db]: [Context['db']]) => countByDriver(db, range, 100)]) {
        const plans = await plansOf(() => count(ctx.db, range));
        expect(scanned(plans)).toEqual([]);
      }
    },
  },
);
