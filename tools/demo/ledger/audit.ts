import { type BookingStatus, bookingStatus } from '@logi/contracts';
import { z } from 'zod';
import type { Person } from '../city/person.ts';
import type { World } from '../world.ts';
import { Counts } from './figures.ts';
import { type BookingRecord, lifeOf } from './ledger.ts';
import { compareStatuses, MISDELIVERIES } from './rules.ts';

/** With which an operator ends what people have not: by it these endings are known from those that people chose. */
export const CLOSING_REASON = 'the demo is over';

/** Bookings that are looked into at the same time. */
const BATCH = 8;

const history = z.object({
  items: z
    .array(z.object({ to: bookingStatus, driver_id: z.string().nullable(), reason: z.string().nullable() }))
    .min(1),
});
type History = z.infer<typeof history>['items'];

const dispatch = z.object({
  rounds: z.array(
    z.object({ candidates: z.array(z.object({ driver_id: z.string(), answer: z.string().nullable() })) }),
  ),
});
type Offers = { driver_id: string; answer: string | null }[];

/** What should have come to sockets that were open all the while, and what came instead. */
export type Delivery = { due: number; missing: number; surplus: number };

export type Audit = {
  /** How the demo's bookings ended, by their own histories. */
  endings: Counts;
  /** How offers were answered, by the record of the dispatch. */
  answers: Counts;
  statuses: Delivery;
  requests: Delivery;
  /** Bookings whose records could not be read, so that nothing is known of them. */
  unread: number;
  /** Bookings times listeners whose socket was away meanwhile, so that what they missed says nothing. */
  notCompared: number;
};

/** Compares what everybody was told of each booking of the demo with what the system itself recorded of it. */
export async function audit(world: World, { admin, people }: { admin: Person; people: Person[] }): Promise<Audit> {
  const found: Audit = {
    endings: new Counts(),
    answers: new Counts(),
    statuses: { due: 0, missing: 0, surplus: 0 },
    requests: { due: 0, missing: 0, surplus: 0 },
    unread: 0,
    notCompared: 0,
  };
  const ours = [...world.ledger.bookings].filter(([, record]) => record.booked !== undefined);
  for (let start = 0; start < ours.length; start += BATCH) {
    const batch = ours.slice(start, start + BATCH).map(async ([bookingId, record]) => {
      const read = (record: string) => readRecord(world, admin, { bookingId, record });
      const items = history.safeParse(await read('events')).data?.items;
      const rounds = dispatch.safeParse(await read('dispatch')).data?.rounds;
      if (!items || !rounds) {
        found.unread += 1;
        return;
      }
      found.endings.add(describeEnding(items));
      const offers = rounds.flatMap((round) => round.candidates).filter((candidate) => candidate.answer !== null);
      for (const { answer } of offers) found.answers.add(String(answer));
      auditAddressees(world, record, items);
      auditStatuses(
        { world, record, found },
        admin,
        items.map((item) => item.to),
      );
      auditRequests({ world, record, found }, people, offers);
    });
    await Promise.all(batch);
  }
  return found;
}

async function readRecord(
  { requests, api }: World,
  { token }: Person,
  { bookingId, record }: { bookingId: string; record: string },
): Promise<unknown> {
  return (await api({ ...requests.readRecord(bookingId, record), token, expected: [200] })).body;
}

/** Only the booking's user heard of it, and only positions of a driver who had it. */
function auditAddressees({ ledger }: World, record: BookingRecord, items: History): void {
  for (const { person, messages } of record.hearings.values()) {
    if (person.role !== 'user' || person === record.booked?.by) continue;
    ledger.fault(MISDELIVERIES.booking, `#${record.number} to ${person.id}`, messages);
  }
  const drivers = new Set(items.map((item) => item.driver_id));
  for (const [driverId, count] of record.positionsFrom.entries()) {
    if (drivers.has(driverId)) continue;
    ledger.fault(MISDELIVERIES.position, `${driverId}’s as booking #${record.number}`, count);
  }
}

type Subject = { world: World; record: BookingRecord; found: Audit };

/** The user, if there was a socket, and the admin were told every status, once and in order. */
function auditStatuses({ world, record, found }: Subject, admin: Person, happened: BookingStatus[]): void {
  const listeners = record.booked?.isWatching ? [record.booked.by, admin] : [admin];
  for (const person of listeners) {
    if (!world.ledger.couldHearAll(person, lifeOf(record))) {
      found.notCompared += 1;
      continue;
    }
    const heard = record.hearings.get(person)?.statuses ?? [];
    const { missing, surplus } = compareStatuses(heard, happened);
    found.statuses.due += happened.length;
    found.statuses.missing += missing;
    found.statuses.surplus += surplus;
    if (missing + surplus === 0) continue;
    world.ledger.example(`#${record.number} to ${person.id}: heard ${heard.join(', ')}; was ${happened.join(', ')}`);
  }
}

/** Each driver who has an offer was told once for each, nobody else was, and the user was told once of the booking. */
function auditRequests({ world, record, found }: Subject, people: Person[], offers: Offers): void {
  for (const person of people) {
    const isOwner = person === record.booked?.by;
    const heard = record.hearings.get(person)?.requests ?? 0;
    const due = person.role === 'driver' ? offers.filter((offer) => offer.driver_id === person.id).length : 1;
    if (person.role === 'user' ? !(isOwner && record.booked?.isWatching) : due + heard === 0) continue;
    if (person.role === 'driver' && due === 0) {
      world.ledger.fault(MISDELIVERIES.offer, `#${record.number} to ${person.id}`, heard);
      continue;
    }
    if (heard < due && !world.ledger.couldHearAll(person, lifeOf(record))) {
      found.notCompared += 1;
      continue;
    }
    found.requests.due += due;
    found.requests.missing += Math.max(0, due - heard);
    found.requests.surplus += Math.max(0, heard - due);
    if (heard !== due)
      world.ledger.example(`#${record.number} to ${person.id}: ${heard} new_booking_request, ${due} due`);
  }
}

function describeEnding(items: History): string {
  const last = items.at(-1)?.to ?? 'without a history';
  if (items.some((item) => item.reason === CLOSING_REASON)) return `${last} because the demo was over`;
  if (last === 'Returned') return 'Returned after the user cancelled on the way';
  if (last !== 'Cancelled') return last;
  const wasAccepted = items.some((item) => item.to === 'Accepted');
  return `Cancelled by the user ${wasAccepted ? 'after acceptance' : 'while searching'}`;
}
