import type { Holder } from '@logi/auth';
import { DomainError, inParts } from '@logi/contracts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { Message } from '../reading/read-point.ts';
import { judgePoints, MAX_POINTS, type Point, type Receipt, type Rejection, type SKIPPED } from './point.ts';
import type { Source } from './refusals.ts';

/** Something that may be a point, or something else that a tracker sent. */
type Item = { candidate: unknown } | { skipped: (typeof SKIPPED)[number] };
export type Received = { source: Source; sender: Holder; items: readonly Item[]; message: Message };

/** Megabytes of nonsense are not answered with more of them. */
const MAX_LISTED = MAX_POINTS;

/** Judges what a driver's app sent in one HTTP request, and answers when the good of it is committed. */
export async function receivePoints(ctx: Context, { source, sender, items, message }: Received): Promise<Receipt> {
  const driverId = sender.principal.id;
  ctx.pointsAllowance.pay(driverId, items.length);
  if (ctx.ingest.roomFor(driverId)) throw new DomainError('too_many_points');
  const { candidates, places, skipped } = sortOut(items);
  const judged = judgePoints(candidates, { driverId, way: source, now: new Date(), config: ctx.config, message });
  const refused = judged.rejected.map((each) => ({ ...each, index: places[each.index] ?? each.index }));
  const rejected = [...refused, ...skipped].sort((a, b) => a.index - b.index);
  for (const portion of portionsOf(judged.points, ctx.config)) await ctx.ingest.add(portion, sender);
  ctx.refusals.count(source, driverId, rejected);
  return {
    accepted: judged.points.length,
    rejected: rejected.slice(0, MAX_LISTED),
    ...(rejected.length > MAX_LISTED && { more_rejected: rejected.length - MAX_LISTED }),
  };
}

/**
 * A backlog of a day is more than the buffer may have room for, and more than one driver should have of it. A portion may
 * wait there while the one before it, which is committed, has not left it yet.
 */
function portionsOf(points: Point[], config: Config): Point[][] {
  if (points.length <= MAX_POINTS) return [points]; // is taken whole, or refused whole
  const { MAX_FLUSH_POINTS, MAX_BUFFERED_POINTS, MAX_BUFFERED_POINTS_PER_DRIVER } = config;
  const ofFlush = Math.min(MAX_POINTS, MAX_FLUSH_POINTS);
  const size = Math.floor(Math.min(ofFlush, MAX_BUFFERED_POINTS / 2, MAX_BUFFERED_POINTS_PER_DRIVER));
  return inParts(points, size);
}

/** `places` says where in the message each candidate stood. */
function sortOut(items: readonly Item[]): { candidates: unknown[]; places: number[]; skipped: Rejection[] } {
  const candidates: unknown[] = [];
  const places: number[] = [];
  const skipped: Rejection[] = [];
  for (const [index, item] of items.entries()) {
    if ('skipped' in item) skipped.push({ index, code: item.skipped, field: 'point', final: true });
    else {
      candidates.push(item.candidate);
      places.push(index);
    }
  }
  return { candidates, places, skipped };
}
