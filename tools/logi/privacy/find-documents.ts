import { isRecord, parseEvent, parseJson } from '@logi/contracts';
import { CATALOGUE, isOfPerson } from './catalogue.ts';
import { namesPerson, type Person } from './documents.ts';
import type { Session } from './session.ts';

/** Where JSON is kept, and its text in SQL: bytes that are no text must not end a search. */
export const DOCUMENTS = {
  'booking.outbox': { column: 'body', text: 'body' },
  'tracking.outbox': { column: 'body', text: 'body' },
  'booking.idempotency_key': { column: 'response', text: 'response::text' },
  'booking.audit': { column: 'details', text: 'details::text' },
  'operations.dead_letter': { column: 'body', text: 'body' },
} as const;
export type DocumentTable = keyof typeof DOCUMENTS;
export const DOCUMENT_TABLES = Object.keys(DOCUMENTS) as DocumentTable[]; // Object.keys forgets the key type

/** The document is undefined where what is kept is none of ours. */
export type Found = { place: string; row: Record<string, unknown>; document: unknown };

/** The bookings of a user: what tells of one tells of them. */
export async function bookingsOf(session: Session, { role, id }: Person): Promise<ReadonlySet<string>> {
  if (role !== 'user') return new Set();
  const rows = await session.rows<{ booking_id: string }>(
    'select booking_id from booking.booking where user_id = :id',
    { id },
  );
  return new Set(rows.map(({ booking_id }) => booking_id));
}

/** Rows that are of the person, or whose document names them, or a booking of theirs. */
export async function findDocuments(
  session: Session,
  table: DocumentTable,
  { person, bookings }: { person: Person; bookings: ReadonlySet<string> },
): Promise<Found[]> {
  const rows = await session.rows<{ place: string; row: Record<string, unknown>; is_own: boolean }>(
    `select ctid::text as place, to_jsonb(kept) as row, ${isOwnIn(table)} as is_own from ${table} kept
     where ${candidatesIn(table, bookings.size > 0)}`,
    { ...person, needle: JSON.stringify(person.id), bookings: [...bookings] },
  );
  return rows.flatMap(({ place, row, is_own: isOwn }) => {
    const document = readDocument(row[DOCUMENTS[table].column]);
    const isTheirs = isOwn || document === undefined || concerns(document, person, bookings);
    return isTheirs ? [{ place, row, document }] : [];
  });
}

function isOwnIn(table: DocumentTable): string {
  const kept = CATALOGUE.get(table);
  return (kept && isOfPerson(kept)) ?? 'false';
}

/** What may be theirs, as fast as a text is searched; a pattern takes longer, and only users have bookings. */
function candidatesIn(table: DocumentTable, hasBookings: boolean): string {
  const { text } = DOCUMENTS[table];
  const isBytes = table === 'operations.dead_letter';
  const reasons = [isOwnIn(table), `position(${isBytes ? `convert_to(:needle, 'UTF8')` : ':needle'} in ${text}) > 0`];
  const readable = isBytes ? `encode(${text}, 'escape')` : text;
  if (hasBookings) {
    reasons.push(`substring(${readable} from '"booking_id": ?"([0-9a-f-]{36})"') = any(:bookings)`);
  }
  return reasons.join(' or ');
}

/** As JSON, or as a text of it. The bytes of a dead letter, in SQL's hexadecimal, may be anything: only an event counts. */
function readDocument(kept: unknown): unknown {
  if (typeof kept !== 'string') return kept;
  if (!kept.startsWith('\\x')) return parseJson(kept);
  try {
    return parseEvent(JSON.parse(Buffer.from(kept.slice(2), 'hex').toString('utf8')));
  } catch {
    return undefined;
  }
}

function concerns(document: unknown, person: Person, bookings: ReadonlySet<string>): boolean {
  const data = isRecord(document) && isRecord(document['data']) ? document['data'] : document;
  const bookingId = isRecord(data) ? data['booking_id'] : undefined;
  return namesPerson(document, person) || (typeof bookingId === 'string' && bookings.has(bookingId));
}
