import { setTimeout } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { closeFor } from './served-socket.ts';

const SLICE_MS = 100;

export type Spread = {
  spreadMs: number;
  /** Each client is told a moment before its turn, and may move by itself. */
  warn?: ((ws: WebSocket, closesInMs: number) => void) | undefined;
};

/** Closes all, spread over the time given so that the clients do not all come back in one moment. */
export async function closeOneByOne(sockets: readonly WebSocket[], { spreadMs, warn }: Spread): Promise<void> {
  const slices = Math.min(sockets.length, Math.ceil(spreadMs / SLICE_MS)) || 1;
  // Steps between a client's warning and its close: at least one, or the close would overtake the warning.
  const lag = warn && spreadMs > 0 ? Math.max(1, Math.floor(slices / 4)) : 0;
  const stepMs = Math.min(SLICE_MS, spreadMs / (slices + lag));
  for (let step = 0; step < slices + lag; step += 1) {
    for (const [i, ws] of sockets.entries()) {
      if (lag > 0 && i % slices === step) warn?.(ws, Math.round(lag * stepMs));
      if (i % slices === step - lag) closeFor(ws, 'restart');
    }
    if (step < slices + lag - 1) await setTimeout(stepMs);
  }
}
