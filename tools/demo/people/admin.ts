import { type Booking, booking } from '@logi/contracts';
import { z } from 'zod';
import { ID_PREFIX, type Person } from '../city/person.ts';
import { CLOSING_REASON } from '../ledger/audit.ts';
import type { World } from '../world.ts';
import { actOnBooking } from './booking-calls.ts';

const PAGE = 100;
const MAX_PAGES = 50;
/** Bookings that are closed at the same time. */
const BATCH = 8;

const page = z.object({ items: z.array(booking), next_cursor: z.string().nullable() });

/** Closes what is open of the demo's bookings, as an operator can: cancelled, or returned when the goods are on board. */
export async function closeOpenBookings(world: World, admin: Person): Promise<number> {
  const open = (await listOpenBookings(world, admin)).filter((item) => item.user_id.startsWith(ID_PREFIX));
  for (let start = 0; start < open.length; start += BATCH) {
    await Promise.all(open.slice(start, start + BATCH).map((item) => closeBooking(world, admin, item)));
  }
  return open.length;
}

async function closeBooking(world: World, admin: Person, { booking_id: bookingId, status }: Booking): Promise<void> {
  let now = status;
  if (now !== 'Returning') {
    const request = { bookingId, action: 'cancel', body: { reason: CLOSING_REASON } } as const;
    const answer = await actOnBooking(world, admin, request);
    now = booking.safeParse(answer.body).data?.status ?? now;
  }
  if (now !== 'Returning') return;
  await actOnBooking(world, admin, { bookingId, action: 'status', body: { status: 'Returned' } });
}

async function listOpenBookings({ requests, api }: World, admin: Person): Promise<Booking[]> {
  const found: Booking[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const request = requests.listOpen({ limit: PAGE, cursor });
    const answer = await api({ ...request, token: admin.token, expected: [200] });
    const parsed = page.safeParse(answer.body);
    if (!parsed.success) break;
    found.push(...parsed.data.items);
    cursor = parsed.data.next_cursor;
    if (cursor === null) break;
  }
  return found;
}
