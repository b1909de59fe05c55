import { here } from './here.ts';
import { LogiError } from './logi-error.ts';

/** What is used of a WebSocket, of whatever library. */
export type Socket = {
  readyState: number;
  send(text: string): void;
  close(): void;
  onopen: () => void;
  onmessage: (event: { data: unknown }) => void;
  onclose: (event: { code: number; reason: string }) => void;
  onerror: () => void;
};

export type WebSocketClass = new (url: string, protocols: string[]) => { readonly readyState: number; close(): void };

type SocketMaker = new (url: string, protocols: string[]) => Socket;

/** What can be a subprotocol (RFC 6455, 4.1). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** The platform's own, or the one that was given. */
export function findWebSocket(given?: WebSocketClass): SocketMaker {
  const found = given ?? here.WebSocket;
  if (found) return found as SocketMaker; // whatever library it is of, we use what all of them have
  throw new TypeError(
    'No WebSocket here: use Node 22 or newer, or give that of the package ws: new LogiClient({ WebSocket })',
  );
}

export function urlOf(address: string, query: Record<string, string | undefined> = {}): string {
  try {
    const url = new URL(address, here.location?.href);
    url.protocol = url.protocol.replace('http', 'ws');
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    return url.href;
  } catch (cause) {
    throw new LogiError('bad_url', `${address} is no URL`, { cause });
  }
}

/** The token is a subprotocol: browsers cannot set headers, and URLs end up in logs. */
export function openSocket(
  WebSocket: SocketMaker,
  url: string,
  { protocols, token }: { protocols: readonly string[]; token: string },
): Socket {
  // Looked at before the platform does, whose error would have its text.
  if (!TOKEN.test(token)) throw new LogiError('bad_token', 'getToken gave what is no token');
  try {
    return new WebSocket(url, [...protocols, `bearer.${token}`]);
  } catch (cause) {
    throw new LogiError('bad_url', `No WebSocket to ${url}`, { cause });
  }
}
