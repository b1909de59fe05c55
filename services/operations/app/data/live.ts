import { type ClientFrame, LogiClient, type Message } from '@logi/client';
import { useEffect } from 'preact/hooks';
import { currentToken, endSession, session } from './session.ts';
import { createStore, useStore } from './store.ts';

/*
 * What happens, as the gateway tells an admin in `logi.v2`: one socket for the whole page, which comes back by itself and
 * misses nothing.
 */

/**
 *   connecting --(the gateway says hello)----------> open
 *   open       --(it says that the broker is away)-> degraded   and back, when it says so
 *   any        --(the line breaks)-----------------> connecting
 *   any        --(the gateway will have us no more)> closed     until somebody asks for it
 */
export type Line =
  | { is: 'connecting'; since: number }
  | { is: 'open' }
  | { is: 'degraded'; since: string }
  | { is: 'closed'; why: string };

export const line = createStore<Line>({ is: 'connecting', since: Date.now() });
const listeners = new Set<(message: Message) => void>();
const gapListeners = new Set<() => void>();
let client: LogiClient | undefined;

export function useLine(): Line {
  return useStore(line);
}

/** Opens the line when somebody signs in, and closes it when they leave. */
export function startLive(): void {
  const follow = () => {
    const isIn = session.get().is === 'in';
    if (isIn && !client) connect();
    if (!isIn && client) disconnect();
  };
  session.onChange(follow);
  follow();
}

/** After the gateway has ended the session on purpose, and somebody wants it back. */
export function reconnect(): void {
  disconnect();
  if (session.get().is === 'in') connect();
}

/** While the line is open. */
export function say(frame: ClientFrame): void {
  client?.send(frame);
}

/** Calls `listener` for each message of the type while the page shows, and `onGap` where some are missing for good. */
export function useLive<Type extends Message['type']>(
  type: Type,
  listener: (message: Extract<Message, { type: Type }>) => void,
  onGap?: () => void,
): void {
  useEffect(() => {
    const hear = (message: Message) => {
      if (message.type === type) listener(message as Extract<Message, { type: Type }>); // as its type says
    };
    listeners.add(hear);
    if (onGap) gapListeners.add(onGap);
    return () => {
      listeners.delete(hear);
      if (onGap) gapListeners.delete(onGap);
    };
  });
}

function connect(): void {
  line.set({ is: 'connecting', since: Date.now() });
  client = new LogiClient({
    url: socketUrl(),
    getToken: () => currentToken() ?? Promise.reject(new Error('nobody is signed in')),
    onGap: tellGap,
    onState: (state) => {
      if (state === 'open') line.set({ is: 'open' });
      else if (state !== 'closed' && line.get().is !== 'connecting') line.set({ is: 'connecting', since: Date.now() });
    },
    onError: ({ message }) => {
      line.set({ is: 'closed', why: message });
      if (/ 4401 | 4403 /.test(message)) endSession();
    },
  });
  client.on('*', (message) => {
    if (message.type === 'degraded') line.set({ is: 'degraded', since: message.payload.since });
    if (message.type === 'restored') line.set({ is: 'open' });
    for (const listener of listeners) listener(message);
  });
}

function disconnect(): void {
  client?.close();
  client = undefined;
}

function tellGap(): void {
  for (const listener of gapListeners) listener();
}

export function socketUrl(): string {
  return `${location.origin.replace(/^http/, 'ws')}/ws`;
}
