import { type BookingStatus, booking } from '@logi/contracts';
import type { Answer } from '../api.ts';
import type { Person } from '../city/person.ts';
import type { World } from '../world.ts';

type Action = 'accept' | 'decline' | 'status' | 'cancel';

/** 404 and 409 belong to the demo: the booking has moved on meanwhile. */
export function actOnBooking(
  { requests, api }: World,
  { token }: Person,
  { bookingId, action, body }: { bookingId: string; action: Action; body?: object },
): Promise<Answer> {
  return api({ ...requests.act(bookingId, action, body), token, expected: [200, 204, 404, 409] });
}

/** Gone when it is not, or no longer, this person's to see; undefined when nobody could say. */
export async function lookAtBooking(
  { requests, api }: World,
  { token }: Person,
  bookingId: string,
): Promise<BookingStatus | 'Gone' | undefined> {
  const answer = await api({ ...requests.look(bookingId), token, expected: [200, 404] });
  return answer.status === 404 ? 'Gone' : booking.safeParse(answer.body).data?.status;
}
