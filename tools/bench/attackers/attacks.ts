import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Role } from '@logi/contracts';
import { WebSocket } from 'ws';
import { withToken } from '../../testing/people/person.ts';
import { requestsTo, tripBetween } from '../../testing/people/requests.ts';
import { call } from '../call.ts';
import type { Addresses } from './addresses.ts';

/** One attacker: where the services are, where they themself come from, and when it is over. */
export type Attacker = { addresses: Addresses; localAddress: string; isOver: () => boolean };

/** Each does its worst, as fast as it can, from a few sockets, until it is over. */
export const ATTACKS: Record<string, (attacker: Attacker) => Promise<void>> = {
  'asks for documents and reads no answer': (of) => many(8, of, askAndNotRead),
  'floods pongs': (of) => many(2, of, floodPongs),
  'books, cancels and asks for prices': (of) => many(16, of, bookAndCancel),
  'floods points': (of) => many(2, of, floodPoints),
  'opens sockets in place of their own': (of) => many(8, of, openAnotherSocket),
  'was put out and comes back': comeBackBlocked,
  'opens sockets without a token': (of) => many(16, of, upgradeAsStranger),
  'makes up tokens and key ids': (of) => many(16, of, callWithForgedToken),
  'breaks uploads off': (of) => many(16, of, breakUploadOff),
  'sends frames of a megabyte': (of) => many(2, of, sendGiants),
};

/** What stands in an attacker's place in the run that they are compared with. */
export async function spin({ isOver }: Attacker): Promise<void> {
  while (!isOver()) {
    const until = performance.now() + 50;
    while (performance.now() < until);
    await new Promise(setImmediate);
  }
}

const PIPELINED = 200;
const FLOOD_FRAMES = 20_000;
const POINTS_PER_FRAME = 500;
const FRAMES_AT_ONCE = 20;
const GIANT_BYTES = 1_000_000;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const TRIP = tripBetween({ latitude: 0.5, longitude: 0.5 }, { latitude: 0.52, longitude: 0.5 }, 'van');
const TOKEN_SECONDS = 3_600;
/** No answer within it is none: an attacker does not wait. */
const PATIENCE_MS = 2_000;

async function many(sockets: number, attacker: Attacker, once: (attacker: Attacker) => Promise<void>): Promise<void> {
  const loop = async () => {
    while (!attacker.isOver()) {
      await once(attacker);
      await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: sockets }, loop));
}

async function askAndNotRead(attacker: Attacker): Promise<void> {
  const { booking } = attacker.addresses;
  const asked = ['/openapi.json', '/metrics'].map((path) => `GET ${path} HTTP/1.1\r\nhost: logi\r\n\r\n`).join('');
  const socket = lineTo(attacker, booking);
  socket.pause();
  socket.write(asked.repeat(PIPELINED));
  await ended(socket);
}

async function floodPongs(attacker: Attacker): Promise<void> {
  const ws = socketTo(attacker, { port: attacker.addresses.gateway, path: '/ws', role: 'user' });
  const flood = Buffer.concat(Array<Buffer>(FLOOD_FRAMES).fill(PONG));
  ws.on('upgrade', ({ socket }) => {
    socket.write(flood);
    socket.on('drain', () => socket.write(flood));
  });
  await closed(ws);
}

async function bookAndCancel(attacker: Attacker): Promise<void> {
  const { addresses } = attacker;
  const { estimate, book, act } = requestsTo({ bookingUrl: '', trackingUrl: '' });
  const as = { port: addresses.booking, token: tokenOf(attacker, 'user') };
  await ask(attacker, { ...as, ...estimate(TRIP) });
  const booked = await ask(attacker, { ...as, ...book(TRIP) });
  const id = /"booking_id":"([^"]+)"/.exec(booked)?.[1];
  if (id) await ask(attacker, { ...as, ...act(id, 'cancel', {}) });
}

async function floodPoints(attacker: Attacker): Promise<void> {
  const ws = socketTo(attacker, { port: attacker.addresses.tracking, path: '/v1/stream', role: 'driver' });
  const point = { latitude: 1, longitude: 1 };
  const frame = JSON.stringify({ type: 'location_update', payload: Array(POINTS_PER_FRAME).fill(point) });
  const more = () => {
    for (let i = 0; i < FRAMES_AT_ONCE && ws.readyState === ws.OPEN; i += 1) ws.send(frame);
  };
  ws.on('open', () => {
    more();
    ws.on('message', more);
  });
  await closed(ws);
}

async function openAnotherSocket(attacker: Attacker): Promise<void> {
  const ws = socketTo(attacker, { port: attacker.addresses.gateway, path: '/ws', role: 'admin' });
  await new Promise((resolve) => ws.once('open', resolve).once('close', resolve));
  if (ws.readyState !== ws.OPEN) return;
  void closed(ws); // it is left open: whoever opens too many of them is to lose the oldest
}

async function comeBackBlocked(attacker: Attacker): Promise<void> {
  const { booking, tracking, gateway } = attacker.addresses;
  const block = `/v1/blocks?role=driver&sub=${encodeURIComponent(nameOf(attacker, 'driver'))}`;
  await ask(attacker, { port: booking, method: 'PUT', url: block, token: tokenOf(attacker, 'admin'), body: {} });
  await many(8, attacker, async () => {
    const as = { token: tokenOf(attacker, 'driver'), method: 'GET' };
    await ask(attacker, { ...as, port: booking, url: '/v1/offers' });
    await ask(attacker, { ...as, port: tracking, url: '/v1/drivers/me' });
    await closed(socketTo(attacker, { port: gateway, path: '/ws', role: 'driver' }));
    await closed(socketTo(attacker, { port: tracking, path: '/v1/stream', role: 'driver' }));
  });
}

async function upgradeAsStranger(attacker: Attacker): Promise<void> {
  await closed(socketTo(attacker, { port: attacker.addresses.gateway, path: '/ws' }));
}

async function callWithForgedToken(attacker: Attacker): Promise<void> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', kid: randomUUID() });
  const token = `${head}.${part({ sub: 'eve', role: 'admin', exp: 4_000_000_000 })}.${'A'.repeat(342)}`;
  await ask(attacker, { port: attacker.addresses.booking, method: 'GET', url: '/v1/bookings', token });
}

async function breakUploadOff(attacker: Attacker): Promise<void> {
  const line = lineTo(attacker, attacker.addresses.tracking);
  const head = ['POST /v1/locations HTTP/1.1', 'host: logi', `authorization: Bearer ${tokenOf(attacker, 'driver')}`];
  line.write([...head, 'content-type: application/json', 'content-length: 60000', '', '{"points":['].join('\r\n'));
  await new Promise(setImmediate);
  line.end();
  await ended(line);
}

async function sendGiants(attacker: Attacker): Promise<void> {
  const ws = socketTo(attacker, { port: attacker.addresses.tracking, path: '/v1/stream', role: 'driver' });
  ws.on('open', () => ws.send('x'.repeat(GIANT_BYTES)));
  await closed(ws);
}

/** Two attackers are two people. */
function nameOf({ localAddress }: Attacker, role: Role): string {
  return `eve the ${role} at ${localAddress}`;
}

function tokenOf(attacker: Attacker, role: Role): string {
  const { secret } = attacker.addresses;
  return withToken({ role, id: nameOf(attacker, role) }, { secret, ttlSeconds: TOKEN_SECONDS }).token;
}

function socketTo(attacker: Attacker, to: { port: number; path: string; role?: Role }): WebSocket {
  const headers = to.role ? { authorization: `Bearer ${tokenOf(attacker, to.role)}` } : {};
  const { localAddress } = attacker;
  const ws = new WebSocket(`ws://127.0.0.1:${to.port}${to.path}`, { headers, localAddress, perMessageDeflate: false });
  ws.on('error', () => undefined);
  return ws;
}

/** Resolves when it is over for the socket; when it is over for all, it is ended. */
async function closed(ws: WebSocket): Promise<void> {
  const timer = setTimeout(() => ws.terminate(), PATIENCE_MS);
  await new Promise((resolve) => ws.once('close', resolve));
  clearTimeout(timer);
}

function lineTo({ localAddress }: Attacker, port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  return socket;
}

async function ended(socket: Socket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
}

const agents = new Map<string, Agent>();

type Question = { port: number; method: string; url: string; token: string; body?: object };

/** Resolves with whatever comes back; an attacker is not surprised by anything. */
async function ask({ localAddress }: Attacker, { port, url: path, ...question }: Question): Promise<string> {
  const agent = agents.get(localAddress) ?? new Agent({ keepAlive: true, localAddress });
  agents.set(localAddress, agent);
  const url = `http://127.0.0.1:${port}${path}`;
  return call({ ...question, agent, url, timeoutMs: PATIENCE_MS }).then(
    ({ text }) => text,
    () => '',
  );
}
