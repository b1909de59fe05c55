import { expect } from '@jest/globals';
import type { Role } from '@logi/contracts';
import { openSql, type Rows } from '../database.ts';
import { spawnTool } from '../tool.ts';
import type { System } from './system.ts';

const SCRIPT = 'tools/logi/main.ts';

type Column = { name: string; column: string; type: string };

/** All that is kept anywhere, each table with its columns. */
export async function readSchema(sql: Rows): Promise<Column[]> {
  const rows = await sql(`
    select table_schema || '.' || table_name as name, column_name as column, data_type as type
    from information_schema.columns join pg_class on pg_class.oid = (table_schema || '.' || table_name)::regclass
    where table_schema in ('booking', 'tracking', 'operations') and not relispartition
    order by 1, ordinal_position`);
  return rows as Column[]; // as selected
}

/** The columns in which a text stands anywhere, as it is or as it is written in JSON. */
export async function whereIs(system: System, text: string): Promise<string[]> {
  const { sql, close } = await openSql(system.servers.databaseUrl);
  const inJson = JSON.stringify(text).slice(1, -1);
  const found: string[] = [];
  for (const { name, column, type } of await readSchema(sql)) {
    const isThere =
      type === 'bytea'
        ? `position(convert_to($1, 'UTF8') in ${column}) > 0 or position(convert_to($2, 'UTF8') in ${column}) > 0`
        : `position($1 in ${column}::text) > 0 or position($2 in ${column}::text) > 0`;
    const rows = await sql(`select from ${name} where ${isThere} limit 1`, [text, inJson]);
    if (rows.length > 0) found.push(`${name}.${column}`);
  }
  await close();
  return found;
}

/** Every row that has this text in it, by table. */
export async function rowsNaming(system: System, text: string): Promise<Record<string, string[]>> {
  const { sql, close } = await openSql(system.servers.databaseUrl);
  const found: Record<string, string[]> = {};
  for (const name of new Set((await readSchema(sql)).map((each) => each.name))) {
    const rows = await sql(
      `select to_jsonb(kept)::text as row from ${name} kept where position($1 in to_jsonb(kept)::text) > 0 order by 1`,
      [JSON.stringify(text).slice(1, -1)],
    );
    if (rows.length > 0) found[name] = rows.map(({ row }) => String(row));
  }
  await close();
  return found;
}

export function spawnPrivacy(system: System, args: string[]) {
  const { databaseUrl, amqpUrl } = system.servers;
  return spawnTool(SCRIPT, ['privacy', ...args], { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl });
}

export type Exported = { role: Role; sub: string; kept: Record<string, Record<string, unknown>[]> };

export async function exportOf(system: System, role: Role, sub: string): Promise<Exported> {
  const { status, output, errors } = await spawnPrivacy(system, ['export', role, sub]).ended();
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  return JSON.parse(output);
}

export async function erase(system: System, role: Role, sub: string) {
  const { status, output, errors } = await spawnPrivacy(system, [
    'erase',
    role,
    sub,
    '--json',
    '--by',
    'tester',
  ]).ended();
  expect({ status, errors: errors.replace('waiting for events about them to arrive…\n', '') }).toEqual({
    status: 0,
    errors: '',
  });
  return JSON.parse(output) as { pseudonym: string; changed: Record<string, number>; remains: object[] };
}
