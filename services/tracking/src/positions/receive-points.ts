import type { Context } from '../context.ts';
import { judgePoints, type Receipt } from './point.ts';

/** Judges what a driver's app sent in one HTTP request, and answers when the good of it is committed. */
export async function receivePoints(ctx: Context, driverId: string, candidates: readonly unknown[]): Promise<Receipt> {
  ctx.admitRequest(driverId);
  const { points, rejected } = judgePoints(candidates, { driverId, now: new Date(), config: ctx.config });
  await ctx.ingest.add(points);
  return { accepted: points.length, rejected };
}
