import { randomBytes, randomUUID } from 'node:crypto';
import { CATALOGUE, type Table } from './catalogue.ts';
import { COARSE_DECIMALS, FREE_TEXT, forgetPerson, type Person } from './documents.ts';
import { bookingsOf, DOCUMENT_TABLES, DOCUMENTS, type DocumentTable, findDocuments } from './find-documents.ts';
import { refuseWhileBusy, refuseWhileUnderWay } from './refuse.ts';
import { type Session, transact } from './session.ts';

/*
 * A random pseudonym in the person's place, wherever somebody else still needs the row: the statistics, the other side of a
 * booking, the record of what was done. What nobody else needs goes. It is one transaction: killed in the middle, nothing
 * has happened; run twice, the second finds nothing, or what came since. No table links the pseudonym to the id.
 */

export type Erased = {
  pseudonym: string;
  /** By table, how many rows were changed or deleted. */
  changed: Record<string, number>;
  /** Blocks of the person that hold still: their id stays for them. */
  standingBlocks: number;
};

type Step = { table: string; sql: string };

const PSEUDONYM_BYTES = 12;
/** No cell of the map. */
const NO_CELL = 'erased';

const TRIPS = `(select booking_id from tracking.trip where user_id = :id)`;
const IS_CODE = (column: string) =>
  `exists (select from booking.cancellation_reason known where known.reason = ${column})`;

const coarse = (...columns: string[]) =>
  columns.map((column) => `${column} = round(${column}::numeric, ${COARSE_DECIMALS})::float8`).join(', ');
const PLACES = coarse('pickup_latitude', 'pickup_longitude', 'dropoff_latitude', 'dropoff_longitude');
const NO_WAY = `times = '{}', latitudes = '{}', longitudes = '{}', segment_starts = '{}'`;

/** The way of a trip is the user's as much as the driver's: it shows where both were. */
const OF_USER: readonly Step[] = [
  {
    table: 'tracking.position',
    sql: `delete from tracking.position point using tracking.trip where trip.user_id = :id and point.driver_id = trip.driver_id
      and point.recorded_at between trip.started_at and coalesce(trip.ended_at, now())`,
  },
  {
    table: 'tracking.trail',
    sql: `update tracking.trail set ${NO_WAY} where booking_id in ${TRIPS} and times <> '{}'`,
  },
  {
    table: 'tracking.trip',
    sql: `update tracking.trip set ${PLACES}, closest_meters = null, compacted_at = coalesce(compacted_at, now())
      where user_id = :id`,
  },
  {
    table: 'booking.booking',
    sql: `update booking.booking set ${PLACES}, cell = '${NO_CELL}',
        end_reason = case when ${saidBy('true')} then '${FREE_TEXT}' else end_reason end
      where user_id = :id`,
  },
  {
    table: 'booking.history',
    sql: `update booking.history set reason = '${FREE_TEXT}' where actor_role <> 'system' and not ${IS_CODE('history.reason')}
      and reason <> '${FREE_TEXT}' and booking_id in (select booking_id from booking.booking where user_id = :id)`,
  },
];

const OF_DRIVER: readonly Step[] = [
  ...['driver_place', 'driver_heard', 'driver_latest', 'position', 'driver'].map((name) => ({
    table: `tracking.${name}`,
    sql: `delete from tracking.${name} where driver_id = :id`,
  })),
  { table: 'tracking.trail', sql: `update tracking.trail set ${NO_WAY} where driver_id = :id and times <> '{}'` },
  {
    table: 'tracking.trip',
    sql: `update tracking.trip set closest_meters = null, compacted_at = coalesce(compacted_at, now()) where driver_id = :id`,
  },
  { table: 'booking.driver', sql: `update booking.driver set status = 'Offline' where driver_id = :id` },
];

const OF_ADMIN: readonly Step[] = [
  {
    table: 'booking.block',
    sql: `update booking.block set reason = null where blocked_by = :id and reason is not null`,
  },
  {
    table: 'booking.audit',
    sql: `update booking.audit set address = null where actor_role = 'admin' and actor_id = :id`,
  },
];

const OF_ROLE: Record<Person['role'], readonly Step[]> = { user: OF_USER, driver: OF_DRIVER, admin: OF_ADMIN };

/** Whatever the role is: what they wrote, and what is of no use without them. */
const OF_ALL: readonly Step[] = [
  {
    table: 'booking.booking',
    sql: `update booking.booking set end_reason = '${FREE_TEXT}'
      where end_reason <> '${FREE_TEXT}' and ${saidBy('said.actor_role = :role and said.actor_id = :id')}`,
  },
  {
    table: 'booking.history',
    sql: `update booking.history set reason = '${FREE_TEXT}' where actor_role = :role and actor_id = :id
      and reason <> '${FREE_TEXT}' and not ${IS_CODE('history.reason')}`,
  },
  { table: 'booking.quote', sql: 'delete from booking.quote where owner_role = :role and owner_id = :id' },
  { table: 'booking.idempotency_key', sql: 'delete from booking.idempotency_key where role = :role and user_id = :id' },
  {
    table: 'tracking.audited_look',
    sql: `delete from tracking.audited_look
      where (admin_id = :id and 'admin' = :role) or subject = :role::text || ' ' || :id::text`,
  },
  {
    table: 'booking.block',
    sql: 'update booking.block set reason = null where role = :role and sub = :id and reason is not null',
  },
];

/** Of a row of `booking.booking`: its free reason was given in such a change. */
function saidBy(which: string): string {
  return `exists (select from booking.history said where said.booking_id = booking.booking_id
    and said.reason = booking.end_reason and said.actor_role <> 'system' and ${which}) and not ${IS_CODE('booking.end_reason')}`;
}

export async function erasePerson(
  session: Session,
  person: Person,
  by: { role: 'operator'; id: string },
): Promise<Erased> {
  return transact(session, 'begin', async () => {
    await session.run(`set local logi.may_change_history = 'on'`);
    // Whoever is making a booking in this name is waited for, and whoever is about to waits for us.
    await session.run('select pg_advisory_xact_lock(booking.principal_lock(:role, :id))', person);
    // Nothing is counted meanwhile: it would be under the id.
    await session.run(`select pg_advisory_xact_lock(hashtext('booking.ended'))`);
    await refuseWhileBusy(session, person);
    await refuseWhileUnderWay(session, person);
    const pseudonym = `erased-${randomBytes(PSEUDONYM_BYTES).toString('hex')}`;
    const changed: Record<string, number> = {};
    const count = (table: string, rows: number) => {
      if (rows > 0) changed[table] = (changed[table] ?? 0) + rows;
    };
    const bookings = await bookingsOf(session, person);
    for (const { table, sql } of [...OF_ROLE[person.role], ...OF_ALL]) count(table, await session.run(sql, person));
    const reasons = await knownReasons(session);
    for (const table of DOCUMENT_TABLES) {
      count(table, await forgetDocuments(session, table, { person, bookings, pseudonym, reasons }));
    }
    for (const [name, table] of CATALOGUE) {
      for (const sql of renamesOf(name, table)) count(name, await session.run(sql, { ...person, pseudonym }));
    }
    const standingBlocks = await countStandingBlocks(session, person);
    if (Object.keys(changed).length > 0) {
      const subject = { kind: person.role, id: pseudonym };
      await putOnRecord(session, { by, subject, act: 'principal.erased', changed });
    }
    return { pseudonym, changed, standingBlocks };
  });
}

/** What is still there under the id is renamed, but for a block that holds: erased from it, they would be let in again. */
function renamesOf(name: string, { ids = {} }: Table): string[] {
  return Object.entries(ids).map(([column, role]) => {
    const isStanding = `lifted_at is null and (until is null or until > now())`;
    const unless = column === 'sub' ? ` and not (${isStanding})` : '';
    return `update ${name} set ${column} = :pseudonym where ${column} = :id and ${role} = :role${unless}`;
  });
}

type Forgetting = {
  person: Person;
  bookings: ReadonlySet<string>;
  pseudonym: string;
  reasons: ReadonlySet<string>;
};

async function forgetDocuments(session: Session, table: DocumentTable, forgetting: Forgetting): Promise<number> {
  const { column } = DOCUMENTS[table];
  const found = await findDocuments(session, table, forgetting);
  for (const { place, document } of found) {
    const where = 'where ctid = :place::tid';
    // No two letters of one message may be alike.
    const forgotten =
      document === undefined
        ? `erased ${place}`
        : JSON.stringify(forgetPerson(document, forgetting.person, forgetting));
    if (column === 'body' && table !== 'operations.dead_letter') {
      // It was published, and is kept for nothing but to be looked at.
      await session.run(`delete from ${table} ${where}`, { place });
    } else if (table === 'operations.dead_letter') {
      await session.run(
        `update ${table} set body = convert_to(:forgotten, 'UTF8'), headers = '{}', reason = 'erased' ${where}`,
        { place, forgotten },
      );
    } else {
      await session.run(`update ${table} set ${column} = :forgotten ${where}`, { place, forgotten });
    }
  }
  return found.length;
}

async function knownReasons(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows<{ reason: string }>('select reason from booking.cancellation_reason');
  return new Set(rows.map(({ reason }) => reason));
}

async function countStandingBlocks(session: Session, person: Person): Promise<number> {
  const [row] = await session.rows<{ blocks: number }>(
    'select count(*) as blocks from booking.block where role = :role and sub = :id',
    person,
  );
  return row?.blocks ?? 0;
}

type OnRecord = {
  by: { role: 'operator'; id: string };
  subject: { kind: string; id: string };
  act: 'principal.erased' | 'principal.exported';
  changed: Record<string, number>;
};

/** Straight into the table: it is in the transaction of the act, and no event with a name in it travels. */
export async function putOnRecord(session: Session, { by, subject, act, changed }: OnRecord): Promise<void> {
  await session.run(
    `insert into booking.audit (audit_id, actor_role, actor_id, act, subject_kind, subject_id, address, details, at)
     values (:audit_id, :role, :id, :act, :kind, :subject_id, null, :details, now())`,
    {
      audit_id: randomUUID(),
      ...by,
      act,
      kind: subject.kind,
      subject_id: subject.id,
      details: JSON.stringify({ rows: changed }),
    },
  );
}
