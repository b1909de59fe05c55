import { WebSocket } from 'ws';
import type { FaultName } from './tiny-client-faults.ts';

/*
 * A client in a page, for the conformance suite: good as it is, and bad in one way when its argument names it. So each case
 * of the suite is seen to pass and to fail. It stands for clients in other languages: it takes nothing from ours.
 */

type Message = { type?: unknown; id?: string; payload?: Record<string, unknown> };
type Point = { seq: number };

const is = (name: FaultName) => process.argv[2] === name;
const { LOGI_KIND = '', LOGI_URL = '', LOGI_TOKEN = '', LOGI_TOKEN_URL = '', LOGI_POINTS_URL = '' } = process.env;
const FINAL = [1002, 1007, 1008, 1009, 4400, 4403, 4409, 4410];
const SLOW_DOWN = [1013, 4429];
const KNOWN = [
  'new_booking_request',
  'booking_accepted',
  'driver_location',
  'status_update',
  'driver_status_update',
  'driver_signal',
  'booking_offer_closed',
];

let token = LOGI_TOKEN;
let place: string | undefined;
let failures = 0;
let waiting: Point[] = [];
const taken: Point[] = [];

const report = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const renewed = async () => (is('keeps its token') ? token : (await fetch(LOGI_TOKEN_URL)).text());

function connect(): void {
  const url = new URL(LOGI_URL);
  const encoded = is('does not encode its place') ? place : encodeURIComponent(place ?? '');
  const query = place === undefined || LOGI_KIND !== 'v2' || is('has no place') ? '' : `?last_id=${encoded}`;
  const protocols = LOGI_KIND === 'v2' && !is('offers no protocol') ? ['logi.v2'] : ['logi'];
  const ws = new WebSocket(`${url.href}${query}`, protocols, {
    headers: { authorization: `Bearer ${token}` },
    autoPong: !is('does not answer pings'),
    closeTimeout: 500,
  } as object);
  const line = {
    heartbeatMs: 25_000,
    heardAt: Date.now(),
    refused: false,
    againAfterMs: undefined as number | undefined,
    readAt: 0,
  };
  const watch = setInterval(() => look(ws, line), 250);
  ws.on('open', () => {
    if (LOGI_KIND === 'stream') sendPoints(ws);
    if (LOGI_KIND === 'default' && is('speaks in the default mode')) ws.send('{"type":"ping","payload":{}}');
  });
  ws.on('ping', () => {
    line.heardAt = Date.now();
  });
  ws.on('message', (data, isBinary) => {
    line.heardAt = Date.now();
    receive(ws, line, isBinary ? '' : data.toString());
  });
  ws.on('unexpected-response', (_request, response) => {
    line.refused = response.statusCode === 401;
    ws.terminate();
  });
  ws.on('error', () => undefined);
  ws.on('close', (code) => {
    clearInterval(watch);
    void closed(code, line);
  });
}

type Line = {
  heartbeatMs: number;
  heardAt: number;
  refused: boolean;
  againAfterMs: number | undefined;
  readAt: number;
};

function look(ws: WebSocket, line: Line): void {
  const silentMs = Date.now() - line.heardAt;
  if (is('leaves a quiet line') && silentMs > line.heartbeatMs * 0.9) ws.terminate();
  if (is('believes a silent line') || ws.readyState !== WebSocket.OPEN) return;
  const heartbeatMs = LOGI_KIND === 'stream' ? 1_000 : line.heartbeatMs;
  if (silentMs > 2 * heartbeatMs && (LOGI_KIND === 'v2' || waiting.length > 0)) ws.terminate();
  else if (silentMs > heartbeatMs && LOGI_KIND === 'v2') ws.send('{"type":"ping","payload":{}}');
}

async function closed(code: number, line: Line): Promise<void> {
  if ((FINAL.includes(code) && !is('comes back after the end')) || is('stops at every close')) {
    report({ stopped: code });
    setInterval(() => undefined, 1_000); // a program goes on without its line
    return;
  }
  if (code === 4401 || line.refused) token = await renewed();
  failures += 1;
  const backoffMs = Math.min(4_000, 200 * 2 ** failures) + (SLOW_DOWN.includes(code) ? 1_500 : 0);
  setTimeout(connect, is('storms') ? 50 : (line.againAfterMs ?? backoffMs));
}

function receive(ws: WebSocket, line: Line, text: string): void {
  if (is('drops what is large') && text.length > 100_000) return;
  const message = parse(text);
  if (message === undefined) {
    if (is('crashes on what it cannot read')) throw new Error('cannot read it');
    if (is('leaves on what it cannot read')) stop(ws);
    return;
  }
  if (LOGI_KIND === 'stream') {
    if (message.type === 'ack') acknowledged(ws, message);
    return;
  }
  if (LOGI_KIND === 'v2' && !isNew(message)) return;
  about(ws, line, message);
  deliver(message);
  if (LOGI_KIND === 'v2' && is('acknowledges ahead'))
    ws.send('{"type":"ack","payload":{"last_id":"ffffffffffff-000000-00000000"}}');
}

function stop(ws: WebSocket): void {
  ws.removeAllListeners('close');
  ws.close();
}

function parse(text: string): Message | undefined {
  try {
    const message: Message = JSON.parse(text);
    const isOne =
      typeof message === 'object' &&
      typeof message.type === 'string' &&
      typeof message.payload === 'object' &&
      message.payload !== null;
    return isOne ? message : undefined;
  } catch {
    return undefined;
  }
}

function isNew({ type, id }: Message): boolean {
  if (type === 'resumed' && !is('compares after a gap')) {
    if (id !== undefined) place = id;
    return true;
  }
  if (id === undefined) return true;
  if (place !== undefined && id <= place && !is('delivers twice')) return false;
  if (!is('takes places of events only') || KNOWN.includes(String(type))) place = id;
  return true;
}

let held: Message | undefined;

function deliver(message: Message): void {
  if (
    is('delivers only what it knows') &&
    (!KNOWN.includes(String(message.type)) || 'trace' in message || 'priority' in message)
  )
    return;
  if (!is('delivers in another order')) {
    report({ delivered: message });
    return;
  }
  if (held) {
    report({ delivered: message });
    report({ delivered: held });
    held = undefined;
  } else held = message;
}

function about(ws: WebSocket, line: Line, { type, payload = {} }: Message): void {
  switch (type) {
    case 'hello':
      line.heartbeatMs = Number(payload['heartbeat_ms'] ?? line.heartbeatMs);
      break;
    case 'resumed':
      if ((payload['recovered'] === false && !is('reports no gap')) || is('reports each resume as a gap'))
        report({ gap: true });
      break;
    case 'goaway':
      if (typeof payload['reconnect_in_ms'] !== 'number') break;
      line.againAfterMs = is('comes back at once') ? 0 : payload['reconnect_in_ms'];
      ws.close();
      break;
    case 'degraded':
      if (is('leaves when nothing is delivered')) ws.close();
      break;
    case 'token_expiring':
      void renew(ws);
      break;
  }
}

async function renew(ws: WebSocket): Promise<void> {
  if (is('renews by connecting')) {
    ws.close();
    return;
  }
  token = await renewed();
  const send = () => ws.send(JSON.stringify({ type: 'auth', payload: { token } }));
  send();
  if (is('floods with tokens')) setInterval(send, 500);
}

function sendPoints(ws: WebSocket): void {
  const batch = is('sends the newest first')
    ? waiting.toReversed()
    : [...waiting, ...(is('sends again what was taken') ? taken : [])];
  const size = is('sends all at once') ? 100_000 : 20;
  for (let at = 0; at < batch.length; at += size) {
    ws.send(JSON.stringify({ type: 'location_update', payload: batch.slice(at, at + size) }));
  }
  if (is('forgets what it sent')) waiting = [];
}

function acknowledged(_ws: WebSocket, { payload = {} }: Message): void {
  if (typeof payload['seq'] !== 'number') return;
  const upTo = payload['seq'];
  taken.push(...waiting.filter(({ seq }) => seq <= upTo));
  waiting = waiting.filter(({ seq }) => seq > upTo);
}

if (LOGI_KIND === 'stream') waiting = (await (await fetch(LOGI_POINTS_URL)).json()) as Point[]; // as the suite has it
connect();
