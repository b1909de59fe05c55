import { once } from 'node:events';
import { CATALOGUE, isOfPerson, type Table } from './catalogue.ts';
import { hideAdmins, isOperators, type Person } from './documents.ts';
import { bookingsOf, DOCUMENT_TABLES, DOCUMENTS, findDocuments } from './find-documents.ts';
import { type Session, transact } from './session.ts';

const FETCHED_ROWS = 5_000;
/** In place of whoever of the operator's people had to do with it: their names are not this person's to have. */
const HIDDEN = 'one of the operator’s people';

type Row = Record<string, unknown>;

/**
 * Writes all that is kept of a person, as of one moment, as one JSON document, and as it is read: a driver has a million
 * points. It is whole only when that it was made is on record.
 */
export async function exportPerson(session: Session, person: Person, putOnRecord: () => Promise<void>): Promise<void> {
  await transact(session, 'begin isolation level repeatable read', async () => {
    const { role, id: sub } = person;
    const head = JSON.stringify({ role, sub, exported_at: new Date() }).slice(0, -1);
    await write(`${head},"kept":{`);
    const bookings = await bookingsOf(session, person);
    const isKept = await writeTables((name, table) => rowsOf(session, { name, table, person, bookings }), person);
    if (isKept) await putOnRecord();
  });
  await write('}}\n');
}

async function writeTables(
  read: (name: string, table: Table) => AsyncGenerator<Row>,
  person: Person,
): Promise<boolean> {
  let isFirst = true;
  for (const [name, table] of CATALOGUE) {
    let isEmpty = true;
    for await (const row of read(name, table)) {
      const before = isEmpty ? `${isFirst ? '' : ','}\n${JSON.stringify(name)}:[` : ',';
      await write(`${before}\n${JSON.stringify(presentRow(row, { ids: table.ids ?? {}, person }))}`);
      isEmpty = false;
    }
    if (isEmpty) continue;
    await write(']');
    isFirst = false;
  }
  return !isFirst;
}

type Wanted = { name: string; table: Table; person: Person; bookings: ReadonlySet<string> };

async function* rowsOf(session: Session, { name, table, person, bookings }: Wanted): AsyncGenerator<Row> {
  const documents = DOCUMENT_TABLES.find((each) => each === name);
  if (documents) {
    for (const { row, document } of await findDocuments(session, documents, { person, bookings })) {
      yield document === undefined ? row : { ...row, [DOCUMENTS[documents].column]: document };
    }
    return;
  }
  const where = isOfPerson(table);
  if (where === undefined) return;
  await session.run(
    `declare found no scroll cursor for select to_jsonb(kept) as row from ${name} kept where ${where}`,
    person,
  );
  while (true) {
    const rows = await session.rows<{ row: Row }>(`fetch ${FETCHED_ROWS} from found`);
    for (const { row } of rows) yield row;
    if (rows.length < FETCHED_ROWS) break;
  }
  await session.run('close found');
}

function presentRow(row: Row, { ids, person }: { ids: Record<string, string>; person: Person }): unknown {
  const shown: Row = { ...row };
  for (const [column, whose] of Object.entries(ids)) {
    const role = whose === `'admin'` ? 'admin' : row[whose];
    const isOwn = person.role === role && person.id === row[column];
    if (isOperators(role) && row[column] !== null && !isOwn) shown[column] = HIDDEN;
  }
  // What goes with a name goes with it.
  if (shown['actor_id'] === HIDDEN && 'address' in shown) shown['address'] = HIDDEN;
  if (shown['user_id'] === HIDDEN && 'key' in shown) shown['key'] = HIDDEN;
  if ('decided_by' in shown) shown['decided_by'] &&= HIDDEN;
  return hideAdmins(shown, person, HIDDEN);
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
