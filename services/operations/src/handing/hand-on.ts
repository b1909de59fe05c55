import { type ClientRequest, Agent as HttpAgent, type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Destination } from './destinations.ts';

const MAX_IDLE_CONNECTIONS = 16;
/** Below how long the services keep theirs (KEEP_ALIVE_MS), or a call would go out on a line that is being closed. */
const KEPT_MS = 2_000;
const KEEPING = { keepAlive: true, keepAliveMsecs: KEPT_MS, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: KEPT_MS };
const agents = { http: new HttpAgent(KEEPING), https: new HttpsAgent(KEEPING) };

type Call = { method: string | undefined; headers: OutgoingHttpHeaders; timeoutMs: number; isUpgrade?: boolean };

/** A call to a service, to be sent a body and ended. */
export function openCall(
  { origin, path }: Destination,
  { method, headers, timeoutMs, isUpgrade }: Call,
): ClientRequest {
  const { protocol, hostname, port } = new URL(origin);
  const isSecure = protocol === 'https:';
  const agent = isUpgrade ? false : isSecure ? agents.https : agents.http;
  const open = isSecure ? requestHttps : requestHttp;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const call = open({ host, port, path, method, headers, agent, timeout: timeoutMs });
  return call.once('timeout', () => call.destroy(new Error(`silent for ${timeoutMs} ms`)));
}
