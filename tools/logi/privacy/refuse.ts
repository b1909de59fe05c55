import { BOOKING_STATUSES, isTerminal, SUBSCRIPTIONS } from '@logi/contracts';
import { Failure } from '../ending.ts';
import { namesPerson, type Person } from './documents.ts';
import type { Session } from './session.ts';

const UNFINISHED = BOOKING_STATUSES.filter((status) => !isTerminal(status));
const NAMED_BOOKINGS = 5;
/** The services that send events by an outbox. */
const SCHEMAS = ['booking', 'tracking'] as const;

/** While a booking of theirs runs or is scheduled, or they are being asked about one, others count on them. */
export async function refuseWhileBusy(session: Session, person: Person): Promise<void> {
  const bookings = await session.rows<{ booking_id: string; status: string }>(
    `select booking_id, status from booking.booking where status = any(:unfinished)
       and ((user_id = :id and 'user' = :role) or (driver_id = :id and 'driver' = :role))
     order by created_at limit ${NAMED_BOOKINGS}`,
    { ...person, unfinished: UNFINISHED },
  );
  if (bookings.length > 0) {
    const named = bookings.map(({ booking_id, status }) => `${booking_id} (${status})`).join(', ');
    throw new Failure(`Nothing was erased: a booking of theirs has not ended: ${named}. Wait, or cancel it.`);
  }
  const offers = await session.rows(
    `select from booking.offer where state = 'open' and driver_id = :id and 'driver' = :role limit 1`,
    person,
  );
  if (offers.length > 0) throw new Failure('Nothing was erased: they are being asked about a booking. Try again soon.');
}

/** An event that has yet to be taken in would bring the id back. */
export async function refuseWhileUnderWay(session: Session, person: Person): Promise<void> {
  const count = await countUnderWay(session, person);
  if (count === 0) return;
  throw new Failure(
    `Nothing was erased: ${count} events about them have not arrived everywhere. Is the broker away, or a service? Try again; what is lost counts for a day at the most.`,
  );
}

export async function countUnderWay(session: Session, person: Person): Promise<number> {
  const needle = JSON.stringify(person.id);
  const underWay: string[] = [];
  for (const schema of SCHEMAS) {
    const unpublished = await session.rows<{ body: string }>(
      `select body from ${schema}.outbox where published_at is null and position(:needle in body) > 0`,
      { needle },
    );
    underWay.push(...unpublished.map(({ body }) => body));
    for (const [queue, { service, events }] of Object.entries(SUBSCRIPTIONS)) {
      const waiting = await session.rows<{ body: string }>(
        `select body from ${schema}.outbox sent
         where published_at is not null and type = any(:events) and position(:needle in body) > 0
           and not exists (select from ${service}.inbox where consumer = :queue and inbox.event_id = sent.event_id)
           and not exists (select from operations.dead_letter
             where message_id = sent.event_id::text and fate is distinct from 'replayed')`,
        { needle, queue, events },
      );
      underWay.push(...waiting.map(({ body }) => body));
    }
  }
  return underWay.filter((body) => namesPerson(JSON.parse(body), person)).length;
}
