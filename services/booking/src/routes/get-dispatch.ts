import { apiSchemas, bookingStatus } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { sql } from 'kysely';
import { z } from 'zod';
import { bookingPath, findBooking } from '../bookings/booking-store.ts';
import type { Context } from '../context.ts';
import {
  type HistoryRow,
  OFFER_STATES,
  type OfferState,
  SCORE_CODES,
  type ScoreLine,
  SKIP_REASONS,
  type SkipReason,
} from '../tables.ts';

const candidate = z.object({
  driver_id: z.string(),
  rank: z.int(),
  distance_meters: z.int(),
  score: z.number(),
  score_lines: z.array(z.object({ code: z.enum(SCORE_CODES), seconds: z.number() })),
  /** Of the position that the distance was measured from, as far as tracking told it. */
  fix_age_ms: z.number().nullable(),
  fix_flaw: z.string().nullable(),
  skipped: z.enum(SKIP_REASONS).nullable(),
  offered_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  answered_at: z.string().nullable(),
  answer: z.enum(OFFER_STATES).nullable(),
});

const dispatch = z
  .object({
    booking_id: z.string(),
    status: bookingStatus,
    searches: z.array(
      z.object({
        began_at: z.string(),
        ended_at: z.string().nullable(),
        ended_as: bookingStatus.nullable(),
        reason: z.string().nullable(),
      }),
    ),
    /** By an operator; who said no stands in the rounds. */
    excluded_drivers: z.array(z.object({ driver_id: z.string(), excluded_by: z.string(), excluded_at: z.string() })),
    rounds: z.array(
      z.object({
        round: z.int(),
        radius_meters: z.int(),
        vehicle_types: z.array(z.string()),
        requested_at: z.string(),
        answered_at: z.string().nullable(),
        candidates: z.array(candidate),
      }),
    ),
  })
  .register(apiSchemas, {
    id: 'Dispatch',
    examples: [
      {
        booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
        status: 'Searching',
        searches: [{ began_at: '2026-01-31T12:00:00.123Z', ended_at: null, ended_as: null, reason: null }],
        excluded_drivers: [],
        rounds: [
          {
            round: 1,
            radius_meters: 2_000,
            vehicle_types: ['van'],
            requested_at: '2026-01-31T12:00:00.200Z',
            answered_at: '2026-01-31T12:00:00.250Z',
            candidates: [
              {
                driver_id: 'dro',
                rank: 1,
                distance_meters: 850,
                score: 120,
                score_lines: [],
                fix_age_ms: 4_000,
                fix_flaw: null,
                skipped: null,
                offered_at: '2026-01-31T12:00:00.300Z',
                expires_at: '2026-01-31T12:00:15.300Z',
                answered_at: null,
                answer: 'open',
              },
            ],
          },
        ],
      },
    ],
  });

export function getDispatch(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/dispatch',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getDispatch',
        tags: ['Operators'],
        errors: ['booking_not_found'],
        summary: 'How the search for a driver went: every round, every candidate, and why each was asked or not',
        params: bookingPath,
        response: { 200: dispatch },
      },
    },
    async ({ params, principal }) => {
      const row = await findBooking(ctx, params.booking_id, principal);
      const { bookingId } = row;
      const history = await ctx.db
        .selectFrom('history')
        .selectAll()
        .where('bookingId', '=', bookingId)
        .orderBy('version')
        .execute();
      const rounds = await ctx.db
        .selectFrom('searchRound')
        .selectAll()
        .where('bookingId', '=', bookingId)
        .orderBy('round')
        .execute();
      const candidates = await loadCandidates(ctx, bookingId);
      return {
        booking_id: bookingId,
        status: row.status,
        searches: searchesOf(history),
        excluded_drivers: await loadExcluded(ctx, bookingId),
        rounds: rounds.map(({ round, radiusMeters, vehicleTypes, requestedAt, answeredAt }) => ({
          round,
          radius_meters: radiusMeters,
          vehicle_types: vehicleTypes,
          requested_at: requestedAt.toISOString(),
          answered_at: answeredAt?.toISOString() ?? null,
          candidates: candidates.filter((row) => row.round === round).map(presentCandidate),
        })),
      };
    },
  );
}

async function loadExcluded(ctx: Context, bookingId: string) {
  const rows = await ctx.db
    .selectFrom('excludedDriver')
    .selectAll()
    .where('bookingId', '=', bookingId)
    .orderBy('excludedAt')
    .orderBy('driverId')
    .execute();
  return rows.map(({ driverId, excludedBy, excludedAt }) => ({
    driver_id: driverId,
    excluded_by: excludedBy,
    excluded_at: excludedAt.toISOString(),
  }));
}

type CandidateRow = {
  round: number;
  driverId: string;
  rank: number;
  distanceMeters: number;
  score: number;
  scoreLines: ScoreLine[];
  fixAgeMs: number | null;
  fixFlaw: string | null;
  skipped: SkipReason | null;
  offeredAt: Date | null;
  expiresAt: Date | null;
  answeredAt: Date | null;
  answer: OfferState | null;
};

/** Those who were nominated, and those whom an admin chose, who are in no round's ranking. */
async function loadCandidates(ctx: Context, bookingId: string): Promise<CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`
    select round, driver_id, coalesce(candidate.rank, 0) as rank,
      coalesce(candidate.distance_meters, 0) as distance_meters, coalesce(score, 0) as score,
      coalesce(score_lines, '[]') as score_lines, fix_age_ms, fix_flaw, skipped, offer.created_at as offered_at, offer.expires_at,
      offer.closed_at as answered_at, offer.state as answer
    from (select * from candidate where booking_id = ${bookingId}) candidate
    full join (select * from offer where booking_id = ${bookingId}) offer using (booking_id, round, driver_id)
    order by round, rank`.execute(ctx.db);
  return rows;
}

function presentCandidate(row: CandidateRow): z.infer<typeof candidate> {
  return {
    driver_id: row.driverId,
    rank: row.rank,
    distance_meters: row.distanceMeters,
    score: row.score,
    score_lines: row.scoreLines,
    fix_age_ms: row.fixAgeMs,
    fix_flaw: row.fixFlaw,
    skipped: row.skipped,
    offered_at: row.offeredAt?.toISOString() ?? null,
    expires_at: row.expiresAt?.toISOString() ?? null,
    answered_at: row.answeredAt?.toISOString() ?? null,
    answer: row.answer,
  };
}

/** Every stay in Searching, and how it ended. The reason is the change's own, or else what it came to. */
function searchesOf(history: readonly HistoryRow[]) {
  return history.flatMap((begin, index) => {
    if (begin.toStatus !== 'Searching') return [];
    const end = history[index + 1];
    return {
      began_at: begin.at.toISOString(),
      ended_at: end?.at.toISOString() ?? null,
      ended_as: end?.toStatus ?? null,
      reason: end ? (end.reason ?? (end.toStatus === 'Accepted' ? 'accepted' : 'cancelled')) : null,
    };
  });
}
