import type { Connections, Frame, HttpApp } from '@logi/service';
import type { Context } from '../context.ts';
import { MAX_STREAM_FRAME_BYTES, readWhenThereIsRoom, receiveFrame } from '../positions/stream.ts';

/** A driver's app sends its points as frames of one socket, and is told of each frame what became of it. */
export function openStream(
  frame: Frame,
  app: HttpApp,
  { ctx, connections }: { ctx: Context; connections: Connections },
): void {
  const most = ctx.config.MAX_STREAMS_PER_DRIVER;
  frame.acceptSockets(app, {
    path: '/v1/stream',
    about: {
      operationId: 'openStream',
      summary:
        'The WebSocket of a driver’s points. A plain GET answers what the upgrade would be refused with; 426: nothing',
    },
    roles: ['driver'],
    maxFrameBytes: MAX_STREAM_FRAME_BYTES,
    admit: () => undefined,
    takeRoom: ({ principal }) => connections.payForPlace(principal, { most }),
    onAccepted: ({ ws, identity }) => {
      // A line that is dead at its other end looks open for a minute. Whoever comes back must not wait for that.
      connections.replaceOldest(identity.principal, { keep: most - 1 });
      ctx.heard.note(identity.principal.id, { by: 'stream' });
      // Who opens a stream anew is the newest device.
      const stream = { ws, connections, sender: identity, openedAt: Date.now() };
      connections.add(ws, identity, (text) => receiveFrame(ctx, stream, text));
      readWhenThereIsRoom(ctx, stream);
    },
  });
}
