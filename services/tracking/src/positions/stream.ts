import type { Holder } from '@logi/auth';
import { DomainError, isRecord, parseJson } from '@logi/contracts';
import { type Connections, closeFor, type ServedSocket } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { readMessage } from '../reading/read-point.ts';
import { judgePoints, MAX_POINTS, type Receipt } from './point.ts';

/** 500 full points fit in well; a frame beyond it is refused with 1009. */
export const MAX_STREAM_FRAME_BYTES = 256 * 1024;

const extra = z.unknown().optional();
const frame = z.object({
  type: z.literal('location_update'),
  sent_at: extra,
  device: extra,
  app: extra,
  // One point goes on as it came: it is judged, and copied, as a point.
  payload: z.union([z.array(z.unknown()).max(MAX_POINTS), z.custom<object>(isRecord)]),
});

export type Stream = { ws: ServedSocket; connections: Connections; sender: Holder; openedAt: number };

/** One frame of a driver's stream: judged, committed, and only then acknowledged. A frame that is none ends the stream. */
export function receiveFrame(ctx: Context, { ws, connections, sender, openedAt }: Stream, text: string): void {
  const driverId = sender.principal.id;
  const parsed = frame.safeParse(parseJson(text));
  if (!parsed.success) {
    closeFor(ws, 'bad_frame');
    return;
  }
  const { payload, ...said } = parsed.data;
  const candidates = Array.isArray(payload) ? payload : [payload];
  const debtMs = ctx.pointsAllowance.owe(driverId, { points: candidates.length, bytes: text.length });
  if (debtMs > 0) connections.hold(ws, debtMs);
  const { points, rejected } = judgePoints(candidates, {
    driverId,
    way: 'stream',
    openedAt,
    now: new Date(),
    config: ctx.config,
    message: readMessage(said),
  });
  ctx.refusals.count('stream', driverId, rejected);
  const committed = ctx.ingest.add(points, sender);
  ctx.ingest.holdBackIfFull();
  readWhenThereIsRoom(ctx, { ws, connections, sender });
  committed.then(
    () => acknowledge(ws, { accepted: points.length, rejected }, { seq: points.at(-1)?.seq ?? undefined, debtMs }),
    (err: unknown) => {
      const isFull = err instanceof DomainError && err.code === 'too_many_points';
      closeFor(ws, isFull ? 'rate_limited' : 'overloaded');
    },
  );
}

/** Who opens a stream anew does not have a share anew. */
export function readWhenThereIsRoom(
  { ingest }: Context,
  { ws, connections, sender }: Pick<Stream, 'ws' | 'connections' | 'sender'>,
): void {
  const room = ingest.roomFor(sender.principal.id);
  if (!room) return;
  connections.hold(ws, Number.POSITIVE_INFINITY);
  void room.then(() => connections.release(ws));
}

/**
 * `seq` is the last accepted point's, where the app numbers its points: everything up to it is safe to forget. `wait_ms` is
 * there while the driver sends more than they may: nothing of theirs is read sooner.
 */
function acknowledge(
  ws: ServedSocket,
  receipt: Receipt,
  { seq, debtMs }: { seq: number | undefined; debtMs: number },
): void {
  const payload = {
    ...(seq !== undefined && { seq }),
    ...receipt,
    ...(debtMs > 0 && { wait_ms: Math.ceil(debtMs) }),
  };
  ws.sendText(JSON.stringify({ type: 'ack', payload }));
}
