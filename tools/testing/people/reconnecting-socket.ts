import { CLOSE_CODES } from '@logi/contracts';
import { WebSocket } from 'ws';
import { pause } from '../pause.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
const OPEN_TIMEOUT_MS = 10_000;
const NORMAL_CLOSE = 1000;
/** After these, coming back would only be refused again. */
const FINAL_CODES: readonly number[] = [CLOSE_CODES.bad_frame.code, CLOSE_CODES.token_expired.code];

export type ReconnectingOptions = {
  url: string;
  token: string;
  onOpen?: (ws: WebSocket) => void;
  onText: (text: string) => void;
  /** The socket was lost or refused without our wish. */
  onLost?: (why: string) => void;
  /** Closes it for good. */
  signal: AbortSignal;
};

/** `opened` is the first opening, and `ended` comes once it was closed for good. Neither rejects. */
export type ReconnectingSocket = { opened: Promise<void>; ended: Promise<void> };

/** A WebSocket that comes back whenever it is lost, with growing waits. */
export function keepConnected(options: ReconnectingOptions): ReconnectingSocket {
  const { promise: opened, resolve: onFirstOpen } = Promise.withResolvers<void>();
  return { opened, ended: reconnect(options, onFirstOpen).finally(onFirstOpen) };
}

async function reconnect(options: ReconnectingOptions, onFirstOpen: () => void): Promise<void> {
  const { signal } = options;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const end = await connectOnce(options, () => {
      waitMs = FIRST_WAIT_MS;
      onFirstOpen();
    });
    if (signal.aborted) return;
    options.onLost?.(end.why);
    if (FINAL_CODES.includes(end.code)) return;
    await pause(waitMs, signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** One connection, from its opening to its end. */
function connectOnce(options: ReconnectingOptions, onOpen: () => void): Promise<{ code: number; why: string }> {
  const { url, token, signal, onText } = options;
  const { promise, resolve } = Promise.withResolvers<{ code: number; why: string }>();
  const ws = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, handshakeTimeout: OPEN_TIMEOUT_MS });
  const close = () => ws.close(NORMAL_CLOSE);
  signal.addEventListener('abort', close, { once: true });
  let failure = '';
  ws.on('open', () => {
    onOpen();
    options.onOpen?.(ws);
  });
  ws.on('message', (data) => onText(data.toString()));
  ws.on('error', (err) => {
    failure = err.message;
  });
  ws.on('close', (code, reason) => {
    signal.removeEventListener('abort', close);
    resolve({ code, why: failure || `${code} ${reason}`.trim() });
  });
  return promise;
}
