import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { PROTOCOL_V2, parseJson, type Role } from '@logi/contracts';
import { WebSocket } from 'ws';
import { withToken } from '../../testing/people/person.ts';
import { type ApiRequest, requestsTo, tripBetween } from '../../testing/people/requests.ts';
import { call } from '../call.ts';
import { type Addresses, honestAddress } from './addresses.ts';

/*
 * A process of a hundred people who do what people do: users with an open socket who ask for prices, book, look and
 * cancel; drivers on duty who stream a position a second. It tells how long they waited, and whatever was refused.
 */

export type HonestOrder = { addresses: Addresses; seconds: number };
export type HonestReport = {
  /** Milliseconds: from a call to its answer, from a ping in `logi.v2` to its pong, from a point to its acknowledgement. */
  calls: number[];
  pings: number[];
  points: number[];
  /** Sockets that the services closed, and answers that were not what was asked for. */
  closed: string[];
  refused: string[];
};

const USERS = 50;
const DRIVERS = 50;
const EVERY_MS = 1_000;
const TOKEN_SECONDS = 3_600;
/** Metres apart are too few to matter; a tenth of a degree is another town, so that nobody takes anybody's driver. */
const TOWN_DEGREES = 0.1;
const NORTH_PER_POINT = 0.0001;

const order: HonestOrder = JSON.parse(process.argv[2] ?? '{}');
const { addresses } = order;
const report: HonestReport = { calls: [], pings: [], points: [], closed: [], refused: [] };
const requests = requestsTo({
  bookingUrl: `http://127.0.0.1:${addresses.booking}`,
  trackingUrl: `http://127.0.0.1:${addresses.tracking}`,
});
let phase: 'gathering' | 'measuring' | 'over' = 'gathering';

type Someone = { index: number; token: string; agent: Agent };

const users = await Promise.all(Array.from({ length: USERS }, (_, i) => beUser(someone(i, 'user'))));
const drivers = await Promise.all(Array.from({ length: DRIVERS }, (_, i) => beDriver(someone(USERS + i, 'driver'))));
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
phase = 'measuring';
const lives = [...users, ...drivers].map((live) => live());
await setTimeout(order.seconds * 1_000);
phase = 'over';
await Promise.all(lives);
process.send?.(report, () => process.exit(0));

function someone(index: number, role: Role): Someone {
  const { token } = withToken({ role, id: `honest ${index}` }, { secret: addresses.secret, ttlSeconds: TOKEN_SECONDS });
  return { index, token, agent: new Agent({ keepAlive: true, localAddress: honestAddress(index) }) };
}

async function beUser(user: Someone): Promise<() => Promise<void>> {
  const pings: number[] = [];
  const ws = await open(user, addresses.gateway, '/ws', [PROTOCOL_V2], (type) => {
    if (type === 'pong') keep(report.pings, pings.shift());
  });
  const town = { latitude: 40 + user.index * TOWN_DEGREES, longitude: 10 };
  const trip = tripBetween(town, { ...town, longitude: 10.05 }, 'van');
  return async () => {
    for (let turn = 0; phase !== 'over'; turn += 1) {
      await staggered(user.index, turn);
      pings.push(performance.now());
      ws.send('{"type":"ping"}');
      if (turn % 4 !== 3) await ask(user, requests.estimate(trip), 200);
      else {
        const booked = await ask(user, requests.book(trip), 201);
        const id = (parseJson(booked) as { booking_id?: string } | undefined)?.booking_id ?? ''; // as the contract has it
        await ask(user, requests.look(id), 200);
        await ask(user, requests.act(id, 'cancel', {}), 200);
      }
    }
    ws.removeAllListeners('close');
    ws.terminate();
  };
}

async function beDriver(driver: Someone): Promise<() => Promise<void>> {
  const place = { latitude: -40 - driver.index * TOWN_DEGREES, longitude: 10 };
  await ask(driver, requests.goOnDuty(place, 'van'), 200);
  const sent: number[] = [];
  const ws = await open(driver, addresses.tracking, '/v1/stream', [], (type) => {
    if (type === 'ack') keep(report.points, sent.shift());
  });
  return async () => {
    for (let turn = 0; phase !== 'over'; turn += 1) {
      await staggered(driver.index, turn);
      const payload = { ...place, latitude: place.latitude + turn * NORTH_PER_POINT, seq: turn };
      sent.push(performance.now());
      ws.send(JSON.stringify({ type: 'location_update', payload }));
    }
    ws.removeAllListeners('close');
    ws.terminate();
  };
}

/** A turn a second, not all people at once. */
function staggered(index: number, turn: number): Promise<void> {
  return setTimeout(turn === 0 ? (index % 100) * 10 : EVERY_MS);
}

function keep(times: number[], since: number | undefined): void {
  if (phase === 'measuring' && since !== undefined) times.push(performance.now() - since);
}

function open(
  { index, token }: Someone,
  port: number,
  path: string,
  protocols: string[],
  onType: (type: unknown) => void,
): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
    headers: { authorization: `Bearer ${token}` },
    localAddress: honestAddress(index),
    perMessageDeflate: false,
  });
  ws.on('message', (data) => onType((parseJson(data.toString()) as { type?: unknown } | undefined)?.type)); // an object, always
  ws.on('close', (code) => report.closed.push(`${path} of ${index}: ${code}`));
  return new Promise((resolve, reject) => ws.once('open', () => resolve(ws)).once('error', reject));
}

/** Resolves with the body, also of an answer that was not expected: that one is noted. */
async function ask(someone: Someone, { method, url, body }: ApiRequest, expected: number): Promise<string> {
  const { agent, token } = someone;
  const since = performance.now();
  const { status, text } = await call({ agent, token, method, url, ...(body && { body }) }).catch((err: Error) => ({
    status: err.message,
    text: '',
  }));
  if (status === expected) keep(report.calls, since);
  else report.refused.push(`${method} ${new URL(url).pathname.slice(0, 20)}: ${status} ${text.slice(0, 200)}`);
  return text;
}
