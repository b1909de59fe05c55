import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { closeLater } from '../support/cleanup.ts';
import { connectSql, openSql } from '../support/database.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { RIGHTS } from './rights.ts';

/* Somebody has taken over a service, and speaks to the database with its account. */

let servers: TestServers;
let admin: Awaited<ReturnType<typeof openSql>>['sql'];
let tables: { schema: string; table: string; column: string }[];
const bookingId = randomUUID();
beforeAll(async () => {
  servers = await createTestServers();
  closeLater(() => servers.discard());
  const opened = await openSql(servers.databaseUrl);
  closeLater(() => opened.close());
  admin = opened.sql;
  const rows = await admin(`select n.nspname as schema, c.relname as table, a.attname as column
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname in ('booking', 'tracking', 'operations', 'public') and c.relkind in ('r', 'p') and a.attnum = 1`);
  tables = rows.map((row) => ({ schema: `${row['schema']}`, table: `${row['table']}`, column: `${row['column']}` }));
  await admin(
    `insert into booking.booking (booking_id, user_id, status, version, pickup_latitude, pickup_longitude,
      dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell)
    values ($1, 'ana', 'Cancelled', 1, 1, 1, 1, 1, 'van', 1000, 'EUR', '1:1')`,
    [bookingId],
  );
  await admin(
    `insert into booking.history (booking_id, version, to_status, actor_role, actor_id, at)
    values ($1, 1, 'Cancelled', 'user', 'ana', now())`,
    [bookingId],
  );
});

/** Undefined where it is allowed. All is taken back. */
async function refusalOf(client: pg.Client, statement: string): Promise<string | undefined> {
  await client.query('begin');
  try {
    await client.query(statement);
    return undefined;
  } catch (err) {
    return err instanceof Error ? err.message : `${err}`;
  } finally {
    await client.query('rollback');
  }
}

const ROLES = ['booking', 'tracking', 'operations'] as const;

describe.each(ROLES)('the account of %s', (service) => {
  const connect = () => connectSql(servers.urls[service].databaseUrl);

  test('may do with each table just what its service does', async () => {
    const client = await connect();
    const found: Record<string, string> = {};
    for (const { schema, table, column } of tables) {
      const name = `${schema}.${table}`;
      const attempts = {
        s: `select ${column} from ${name} limit 0`,
        i: `insert into ${name} select * from ${name} where false`,
        u: `update ${name} set ${column} = ${column} where false`,
        d: `delete from ${name} where false`,
        t: `truncate ${name}`,
        o: `drop table ${name}`,
        l: `lock table ${name} in access exclusive mode`,
      };
      let allowed = '';
      for (const [letter, statement] of Object.entries(attempts)) {
        const refusal = await refusalOf(client, statement);
        const isDenied = refusal !== undefined && /^(permission denied|must be owner)/.test(refusal);
        if (!isDenied) allowed += letter;
      }
      found[name] = allowed;
    }
    // Partitions are reached by their whole; PostGIS's table of projections is everybody's to read. Whoever may update or
    // delete rows may lock their table, in PostgreSQL.
    const partitions = Object.entries(found).filter(([name]) => name.startsWith('tracking.position_'));
    for (const [name, allowed] of partitions)
      expect({ name, allowed }).toEqual({ name, allowed: expect.not.stringMatching(/[udto]/) });
    const own = Object.entries(found).flatMap(([name, allowed]) =>
      allowed === '' || name.startsWith('tracking.position_') || name === 'public.spatial_ref_sys'
        ? []
        : [[name, allowed.replace('l', '')]],
    );
    const listed = Object.entries(RIGHTS[service]).map(([table, rights]) => [`${service}.${table}`, rights]);
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(listed));
  });

  test.each([
    ...['booking', 'tracking', 'operations', 'public'].flatMap((schema) => [
      `create table ${schema}.more (id int)`,
      `create function ${schema}.more() returns int language sql as 'select 1'`,
      `create view ${schema}.more as select 1`,
      `create sequence ${schema}.more`,
      `alter schema ${schema} rename to more`,
      `drop schema ${schema} cascade`,
    ]),
    ...[
      'booking.booking',
      'booking.history',
      'tracking.position',
      'operations.dead_letter',
      'public.migration',
    ].flatMap((table) => [
      `alter table ${table} add column more int`,
      `alter table ${table} disable trigger all`,
      `alter table ${table} owner to current_user`,
      `create index on ${table} ((1))`,
      `create policy p on ${table}`,
      `create trigger more before insert on ${table} execute function suppress_redundant_updates_trigger()`,
    ]),
    'create schema more',
    'create role more',
    'create extension file_fdw',
    'create database more',
    'alter role current_user superuser',
    'alter role current_user createrole',
    'alter role postgres password $$x$$',
    'grant logi_booking to logi_tracking',
    'grant logi_tracking to logi_booking',
    'set role postgres',
    'set session authorization postgres',
    'select * from pg_authid',
    'select * from pg_shadow',
    `select pg_read_file('/etc/passwd')`,
    `select pg_ls_dir('/')`,
    `copy (select 1) to program 'true'`,
    `copy (select 1) to '/tmp/more'`,
    `select lo_import('/etc/passwd')`,
    'alter system set fsync = off',
    'select pg_reload_conf()',
    'set session_replication_role = replica',
    'select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user',
    `select pg_create_restore_point('more')`,
    `load 'auto_explain'`,
  ])('is refused: %s', async (statement) => {
    const client = await connect();
    // Outside of a transaction, since some of these would be refused in one for that alone.
    const refusal = await client.query(statement).then(
      () => 'it was allowed',
      (err: Error) => err.message,
    );
    expect(refusal).toMatch(
      /denied|must be (owner|a superuser|superuser|able)|admin option|not allowed|permission|Only roles|only roles|does not exist|cannot/,
    );
    expect(refusal).not.toBe('it was allowed');
  });
});

test('what an account hands on is nothing: PostgreSQL only warns of it', async () => {
  const [booking, tracking] = await Promise.all(ROLES.map((role) => connectSql(servers.urls[role].databaseUrl)));
  await booking?.query('grant all on booking.history to public, logi_tracking');
  await expect(tracking?.query('select from booking.history')).rejects.toThrow('permission denied');
});

test('of a dead letter nothing but the decision can be changed, and none goes away', async () => {
  const client = await connectSql(servers.urls.operations.databaseUrl);
  for (const column of ['queue', 'message_id', 'type', 'reason', 'attempt', 'died_at', 'headers', 'body', 'kept_at']) {
    const statement = `update operations.dead_letter set ${column} = ${column}`;
    expect({ column, refusal: await refusalOf(client, statement) }).toEqual({
      column,
      refusal: 'permission denied for table dead_letter',
    });
  }
  expect(await refusalOf(client, 'delete from operations.dead_letter')).toMatch('permission denied');
  const decide = `update operations.dead_letter set fate = 'discarded', decided_by = 'ada', decided_at = now()`;
  expect(await refusalOf(client, decide)).toBeUndefined();
});

describe('what was booked and what happened stay', () => {
  const CHANGES = [
    `update booking.booking set price_minor = 1 where booking_id = '${bookingId}'`,
    `update booking.booking set user_id = 'eve' where booking_id = '${bookingId}'`,
    `update booking.booking set currency = 'USD', version = 2 where booking_id = '${bookingId}'`,
    `update booking.booking set dropoff_latitude = 2 where booking_id = '${bookingId}'`,
    `update booking.history set actor_id = 'eve' where booking_id = '${bookingId}'`,
    `delete from booking.history where booking_id = '${bookingId}'`,
    'truncate booking.history',
  ];

  test.each(CHANGES)('also for the service that made them, and for the owner by mistake: %s', async (statement) => {
    const accounts = [servers.urls.booking.databaseUrl, servers.databaseUrl];
    for (const url of accounts) {
      const client = await connectSql(url);
      expect(await refusalOf(client, statement)).toMatch(
        /^permission denied|is refused: it is a record of what happened$/,
      );
    }
  });

  test('the service cannot say that it may', async () => {
    const client = await connectSql(servers.urls.booking.databaseUrl);
    await client.query(`set logi.may_change_history = 'on'`);
    for (const statement of CHANGES) expect(await refusalOf(client, statement)).toMatch(/denied|refused/);
  });

  test('the owner can say so', async () => {
    const client = await connectSql(servers.databaseUrl);
    await client.query(`set logi.may_change_history = 'on'`);
    for (const statement of CHANGES) expect(await refusalOf(client, statement)).toBeUndefined();
  });

  test('what changes in the life of a booking is no such change', async () => {
    const client = await connectSql(servers.urls.booking.databaseUrl);
    const same = `update booking.booking set user_id = user_id, price_minor = price_minor, version = 2
      where booking_id = '${bookingId}'`;
    expect(await refusalOf(client, same)).toBeUndefined();
  });
});

describe('tracking may have its partitions kept up', () => {
  const maintain = async (days: string) =>
    refusalOf(await connectSql(servers.urls.tracking.databaseUrl), `select tracking.maintain_partitions(${days})`);

  test('and no years of tables made', async () => {
    expect(await maintain(`current_date, current_date + 100000, current_date - 30`)).toMatch('are refused');
    expect(await maintain(`date '0001-01-01', current_date, current_date - 30`)).toMatch('are refused');
    expect(await maintain('current_date - 31, current_date + 3, current_date - 31')).toBeUndefined();
  });

  test('and no points of today dropped', async () => {
    const client = await connectSql(servers.urls.tracking.databaseUrl);
    await client.query(`insert into tracking.position (driver_id, recorded_at, received_at, latitude, longitude)
      values ('dro', now(), now(), 1, 1)`);
    await client.query(`select tracking.maintain_partitions(current_date, current_date + 3, current_date + 60)`);
    expect(await admin(`select driver_id from tracking.position where driver_id = 'dro'`)).toHaveLength(1);
  });
});
