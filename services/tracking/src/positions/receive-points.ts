import type { Context } from '../context.ts';
import type { Message } from '../reading/read-point.ts';
import { judgePoints, MAX_POINTS, type Receipt, type Rejection, type SKIPPED } from './point.ts';
import type { Source } from './refusals.ts';

/** Something that may be a point, or something else that a tracker sent. */
type Item = { candidate: unknown } | { skipped: (typeof SKIPPED)[number] };
export type Received = { source: Source; driverId: string; items: readonly Item[]; message: Message };

/** Megabytes of nonsense are not answered with more of them. */
const MAX_LISTED = MAX_POINTS;

/** Judges what a driver's app sent in one HTTP request, and answers when the good of it is committed. */
export async function receivePoints(ctx: Context, { source, driverId, items, message }: Received): Promise<Receipt> {
  ctx.admitRequest(driverId);
  const { candidates, places, skipped } = sortOut(items);
  const judged = judgePoints(candidates, { driverId, now: new Date(), config: ctx.config, message });
  const refused = judged.rejected.map((each) => ({ ...each, index: places[each.index] ?? each.index }));
  const rejected = [...refused, ...skipped].sort((a, b) => a.index - b.index);
  // In portions: a backlog of a day is more than the buffer may have room for, and no portion waits for the next.
  for (let from = 0; from < judged.points.length; from += MAX_POINTS) {
    await ctx.ingest.add(judged.points.slice(from, from + MAX_POINTS));
  }
  ctx.refusals.count(source, driverId, rejected);
  return {
    accepted: judged.points.length,
    rejected: rejected.slice(0, MAX_LISTED),
    ...(rejected.length > MAX_LISTED && { more_rejected: rejected.length - MAX_LISTED }),
  };
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
