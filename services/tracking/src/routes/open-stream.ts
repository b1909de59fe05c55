import { DomainError } from '@logi/contracts';
import type { Connections, Frame, HttpApp } from '@logi/service';
import type { Context } from '../context.ts';
import { MAX_STREAM_FRAME_BYTES, receiveFrame } from '../positions/stream.ts';

/** A driver's app sends its points as frames of one socket, and is told of each frame what became of it. */
export function openStream(
  frame: Frame,
  app: HttpApp,
  { ctx, connections }: { ctx: Context; connections: Connections },
): void {
  frame.acceptSockets(app, {
    path: '/v1/stream',
    roles: ['driver'],
    allowedOrigins: undefined,
    maxFrameBytes: MAX_STREAM_FRAME_BYTES,
    admit: ({ principal }) => {
      if (connections.countOf(principal) < ctx.config.MAX_STREAMS_PER_DRIVER) return;
      throw new DomainError('too_many_connections');
    },
    onAccepted: ({ ws, identity }) =>
      connections.add(ws, identity, (text) => receiveFrame(ctx, ws, identity.principal.id, text)),
  });
}
