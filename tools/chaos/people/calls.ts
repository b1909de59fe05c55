import { type Booking, type BookingStatus, booking, parseJson } from '@logi/contracts';
import { z } from 'zod';
import { pause } from '../../testing/pause.ts';
import type { Person } from '../../testing/people/person.ts';
import { type ApiRequest, send } from '../../testing/people/requests.ts';
import type { CallEntry } from '../checker/history.ts';
import { requestsOf, type World } from './world.ts';

const TIMEOUT_MS = 4_000;
const RETRY_MS = 150;
const PAGE = 100;
export const NO_ANSWER = 0;

export type Request = ApiRequest & {
  op: CallEntry['op'];
  key?: string;
  bookingId?: string;
  to?: BookingStatus;
};
export type Answer = { status: number; body: unknown };

/** Asks again, in the same words and under the same key, until somebody answers: lost answers and 5xx are none. */
export async function callUntilAnswered(world: World, person: Person, request: Request): Promise<Answer> {
  for (;;) {
    const answer = await callOnce(world, person, request);
    const isFinal = answer.status !== NO_ANSWER && answer.status < 500 && answer.status !== 429;
    if (isFinal || world.goHome.aborted) return answer;
    await pause(RETRY_MS, world.goHome);
  }
}

export async function callOnce(world: World, person: Person, request: Request): Promise<Answer> {
  const { op, key, bookingId, to } = request;
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const startedAt = Date.now();
  let status = NO_ANSWER;
  let text = '';
  try {
    ({ status, text } = await send(request, { token: person.token, headers, timeoutMs: TIMEOUT_MS }));
  } catch {
    // No answer, or half of one: whether anything was done, nobody knows. That is what the checker is for.
  }
  const isGood = status >= 200 && status < 300;
  world.history.add({
    kind: 'call',
    at: startedAt,
    by: { role: person.role, id: person.id },
    op,
    ...(key !== undefined && { key }),
    ...(bookingId !== undefined && { bookingId }),
    ...(to !== undefined && { to }),
    status,
    ...(isGood && op !== 'list' && op !== 'block' && { text }),
  });
  if (isGood && op === 'book') world.meter.count('request', startedAt);
  return { status, body: parseJson(text) };
}

export function actOnBooking(
  world: World,
  person: Person,
  { op, bookingId, to }: { op: 'cancel' | 'accept' | 'decline' | 'advance'; bookingId: string; to?: BookingStatus },
): Promise<Answer> {
  const request = requestsOf(world).act(bookingId, op === 'advance' ? 'status' : op, to && { status: to });
  return callUntilAnswered(world, person, { ...request, op, bookingId, ...(to && { to }) });
}

/** Undefined when it is not, or no longer, this person's to see. */
export async function lookAtBooking(world: World, person: Person, bookingId: string): Promise<Booking | undefined> {
  const request = { ...requestsOf(world).look(bookingId), op: 'look', bookingId } as const;
  const { body } = await callUntilAnswered(world, person, request);
  return booking.safeParse(body).data;
}

const page = z.object({ items: z.array(booking) });

/** Bookings that have not ended, or undefined when nobody answers. */
export async function listOpenBookings(world: World, admin: Person): Promise<Booking[] | undefined> {
  const request = requestsOf(world).listOpen({ limit: PAGE });
  const { body } = await callOnce(world, admin, { ...request, op: 'list' });
  return page.safeParse(body).data?.items;
}
