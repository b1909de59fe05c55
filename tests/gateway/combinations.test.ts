import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import {
  connectV2,
  type Gateway,
  makeBooking,
  placeOf,
  type Rig,
  startRig,
  type V2Socket,
} from '../support/services/gateways.ts';

/* What a connection was narrowed to, came back from or was renewed with, together. */

let rig: Rig;
let gateway: Gateway;
beforeAll(async () => {
  rig = await startRig();
  gateway = await rig.startGateway({ TOKEN_NOTICE_MS: '60000' });
});
afterAll(() => rig.stop());

const countOf = ({ messages }: V2Socket, wanted: string) => messages.filter(({ type }) => type === wanted).length;
const typesOf = ({ messages }: V2Socket) => messages.map(({ type }) => type);
const send = (socket: V2Socket, type: string, payload: object) => socket.send(JSON.stringify({ type, payload }));

/** A booking that was made and accepted since somebody was here: four messages for its user. */
async function whatWasMissed(userId: string): Promise<{ place: string; token: string }> {
  const token = rig.token('user', userId);
  const before = await connectV2(gateway, token);
  await before.find(({ type }) => type === 'hello');
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('Searching', null);
  await booking.become('Accepted');
  await eventually(() => expect(countOf(before, 'status_update')).toBe(2));
  return { place: placeOf({ messages: before.messages.slice(0, 1) } as V2Socket), token };
}

test('what a connection was narrowed to holds for what it missed, each time it asks, and for what comes then', async () => {
  const userId = randomUUID();
  const { place, token } = await whatWasMissed(userId);
  const narrowed = await connectV2(gateway, token, `&types=booking_accepted&last_id=${place}`);
  await narrowed.find(({ type }) => type === 'resumed');
  expect(typesOf(narrowed)).toEqual(['hello', 'booking_accepted', 'resumed']);
  send(narrowed, 'resume', { last_id: place });
  await eventually(() => expect(countOf(narrowed, 'resumed')).toBe(2));
  expect(typesOf(narrowed)).toEqual(['hello', 'booking_accepted', 'resumed', 'booking_accepted', 'resumed']);
  const next = makeBooking(rig, { userId, driverId: 'dora' });
  await next.become('Searching', null);
  await next.become('Accepted');
  await eventually(() => expect(countOf(narrowed, 'booking_accepted')).toBe(3));
  expect(typesOf(narrowed).slice(5)).toEqual(['booking_accepted']);
});

test('a connection that was narrowed has missed nothing when it is not any more', async () => {
  const userId = randomUUID();
  const { place, token } = await whatWasMissed(userId);
  const narrowed = await connectV2(gateway, token, `&types=booking_accepted&last_id=${place}`);
  await narrowed.find(({ type }) => type === 'resumed');
  const whole = await connectV2(gateway, token, `&last_id=${place}`);
  expect((await whole.find(({ type }) => type === 'resumed')).payload).toEqual({ recovered: true, replayed: 4 });
  expect(typesOf(whole)).toEqual([
    'hello',
    'new_booking_request',
    'status_update',
    'booking_accepted',
    'status_update',
    'resumed',
  ]);
});

test('a session is renewed as often as its client likes, and told of the end of each token', async () => {
  const userId = randomUUID();
  const token = (ttlSeconds: number) => rig.token('user', userId, ttlSeconds);
  const renewed = await connectV2(gateway, token(3));
  for (const [round, ttlSeconds] of [4, 5, 3_600].entries()) {
    await eventually(() => expect(countOf(renewed, 'token_expiring')).toBe(round + 1));
    send(renewed, 'auth', { token: token(ttlSeconds) });
    await eventually(() => expect(countOf(renewed, 'authenticated')).toBe(round + 1));
  }
  const lastOfTheBrief = await connectV2(gateway, token(5));
  expect((await lastOfTheBrief.closed).code).toBe(4401);
  send(renewed, 'ping', {});
  await renewed.find(({ type }) => type === 'pong');
});

test('a renewal changes neither what a connection is narrowed to nor where it is', async () => {
  const userId = randomUUID();
  const narrowed = await connectV2(gateway, rig.token('user', userId), '&types=booking_accepted');
  send(narrowed, 'auth', { token: rig.token('user', userId, 7_200) });
  await narrowed.find(({ type }) => type === 'authenticated');
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('Searching', null);
  await booking.become('Accepted');
  await narrowed.find(({ type }) => type === 'booking_accepted');
  expect(typesOf(narrowed)).toEqual(['hello', 'authenticated', 'booking_accepted']);
});
