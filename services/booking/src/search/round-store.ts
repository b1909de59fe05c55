import { sql } from 'kysely';
import type { BookingRow, BookingTx, SkipReason } from '../tables.ts';
import type { Candidate } from './candidates.ts';

/** Why a driver who was nominated got no offer in this round. */
export type Skipped = Map<string, SkipReason>;

export async function recordQuestion(
  tx: BookingTx,
  question: { bookingId: string; round: number; radiusMeters: number; vehicleTypes: string[]; requestedAt: Date },
): Promise<void> {
  await tx
    .insertInto('searchRound')
    .values({ ...question, answeredAt: null })
    .execute();
}

/** Who was nominated, in which order, and why some got no offer. */
export async function recordAnswer(
  tx: BookingTx,
  { bookingId, round }: { bookingId: string; round: number },
  { ranked, skipped, now }: { ranked: Candidate[]; skipped: Skipped; now: Date },
): Promise<void> {
  await tx
    .updateTable('searchRound')
    .set({ answeredAt: now })
    .where('bookingId', '=', bookingId)
    .where('round', '=', round)
    .execute();
  if (ranked.length === 0) return;
  const rows = ranked.map(({ driverId, distanceMeters, score, lines, fixAgeMs, fixFlaw }, index) => ({
    bookingId,
    round,
    driverId,
    rank: index + 1,
    distanceMeters: Math.round(distanceMeters),
    score,
    scoreLines: JSON.stringify(lines),
    skipped: skipped.get(driverId) ?? null,
    fixAgeMs: fixAgeMs === undefined ? null : Math.round(fixAgeMs),
    fixFlaw,
  }));
  await tx.insertInto('candidate').values(rows).execute();
}

/** Rounds since the last one that was answered. */
export async function countUnanswered(tx: BookingTx, { bookingId }: BookingRow): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from search_round where booking_id = ${bookingId} and round > coalesce(
      (select max(round) from search_round where booking_id = ${bookingId} and answered_at is not null), 0)`.execute(
    tx,
  );
  return rows[0]?.count ?? 0;
}

/** The reason code of a search that found nobody. */
export async function whyNobody(tx: BookingTx, { bookingId }: BookingRow): Promise<string> {
  const { rows } = await sql<{ wereAsked: boolean; wereThere: boolean }>`
    select exists (select from offer where booking_id = ${bookingId}) as were_asked,
      exists (select from candidate where booking_id = ${bookingId}) as were_there`.execute(tx);
  if (rows[0]?.wereAsked) return 'nobody_accepted';
  return rows[0]?.wereThere ? 'all_drivers_taken' : 'no_driver_nearby';
}
