import type { WebSocketClass } from './socket.ts';

export type State = 'connecting' | 'open' | 'waiting' | 'closed';

export type LineOptions = {
  /** `wss://host/ws`; in a page also a path of its own origin. */
  url: string;
  /** Asked for each connection, and again after 10 s without an answer. Null says that nobody is signed in: it closes. */
  getToken: () => string | null | Promise<string | null>;
  onState?: (state: State) => void;
  /** What a person or a developer can do something about. Without `willRetry` it is closed. */
  onError?: (error: Error, more: { willRetry: boolean }) => void;
  /** Where the platform has none, such as Node 20: that of the package `ws`. */
  WebSocket?: WebSocketClass;
};

export type LineParts = {
  protocols: readonly string[];
  /** What the URL of the attempt that begins has besides. */
  query?: () => Record<string, string | undefined>;
  /** What a silent line is asked; any message answers. */
  ping: object;
  /** There is a socket. Whoever is greeted by the server holds the line then. */
  onSocket?: () => void;
  onMessage: (message: unknown) => void;
  /** Every second while the line is open. */
  onTick?: () => void;
  /** A final code that was about one frame, which is not said again. */
  isForgiven?: (code: number) => boolean;
};
