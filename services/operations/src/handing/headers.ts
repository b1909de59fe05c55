import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { type Callers, FORWARDING_KEY_HEADER, REQUEST_ID_HEADER } from '@logi/service';

/** RFC 9110, 7.6.1: what belongs to one connection, and not to the message. */
const OF_THE_CONNECTION = [
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
];
/** A caller's word about who they are. What a service is to believe is said by us alone. */
const OF_PROXIES = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

export type Caller = { callers: Callers; forwardingKey: string | undefined; requestId: string };

/** What goes on to a service, of a call that somebody made here. */
export function headersToHandOn(request: IncomingMessage, { callers, forwardingKey, requestId }: Caller) {
  const headers = withoutConnection(request.headers);
  for (const name of [...OF_PROXIES, 'host', 'cookie', FORWARDING_KEY_HEADER]) delete headers[name];
  // The page is ours, and what a service allows others says nothing about it.
  if (isOwnOrigin(request.headers)) delete headers['origin'];
  headers['x-forwarded-for'] = callers.addressOf(request);
  headers[REQUEST_ID_HEADER] = requestId;
  if (forwardingKey !== undefined) headers[FORWARDING_KEY_HEADER] = forwardingKey;
  return headers;
}

/** Of an answer, or of a request, what may go further. */
export function withoutConnection(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = given.connection?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const ends: ReadonlySet<string> = new Set([...OF_THE_CONNECTION, ...named]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => !ends.has(name)));
}

/** Whatever the scheme: a proxy in front may have taken the TLS off. */
export function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.parse(origin)?.host === host?.toLowerCase();
}
