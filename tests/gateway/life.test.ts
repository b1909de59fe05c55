import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES, QUEUES } from '@logi/contracts';
import { declareTopology } from '@logi/messaging';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call, callText } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import {
  connectV2,
  makeBooking,
  placeOf,
  type Rig,
  spawnGateway,
  startRig,
  statusesIn,
  type V2Socket,
} from '../support/services/gateways.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

function hears(socket: V2Socket, wanted: string) {
  return socket.find(({ type }) => type === wanted);
}

test('broker away and back: sockets stay, are told, and miss nothing', async () => {
  const proxy = await startLine(rig.broker.gatewayUrl);
  const gateway = await rig.startGateway({ AMQP_URL: proxy.url() });
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId));
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('Searching', null);
  await proxy.close();
  await hears(socket, 'degraded');
  await eventually(async () => expect((await call('GET', `${gateway.httpUrl}/readyz`)).status).toBe(503));
  await booking.become('Accepted');
  await booking.become('In Transit');
  await proxy.reopen();
  await hears(socket, 'restored');
  await eventually(async () => expect((await call('GET', `${gateway.httpUrl}/readyz`)).status).toBe(200));
  await eventually(() => expect(statusesIn(socket)).toEqual(['Searching', 'Accepted', 'In Transit']));
});

test('a stream that was deleted and made anew is noticed, and clients are told', async () => {
  const own = await startRig();
  closeLater(() => own.stop());
  const gateway = await own.startGateway({ STREAM_PROBE_TIMEOUT_MS: '500' });
  const userId = randomUUID();
  const socket = await connectV2(gateway, own.token('user', userId));
  await hears(socket, 'hello');
  for (let i = 0; i < 5; i += 1) await makeBooking(own, { userId }).become('Searching');
  await deleteQueue(own, QUEUES.gatewayNotifications);
  await declareTopology(own.broker.amqpUrl);
  await hears(socket, 'resumed');
  await eventually(async () => expect((await call('GET', `${gateway.httpUrl}/readyz`)).status).toBe(200));
  await makeBooking(own, { userId }).become('No Driver Found');
  await eventually(() => expect(statusesIn(socket)).toContain('No Driver Found'));
});

async function deleteQueue({ broker }: Rig, queue: string): Promise<void> {
  const { origin, username, password } = new URL(broker.managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await call('DELETE', `${origin}/api/queues/${broker.vhost}/${queue}`, { headers: { authorization } });
  expect(answer.status).toBe(204);
}

test('a stalled reader is closed with 4008, delays nobody, and resumes', async () => {
  const gateway = await rig.startGateway({ MAX_QUEUED_EVENTS: '20' });
  const token = rig.token('admin', 'ops');
  const [stalled, healthy] = [await connectV2(gateway, token), await connectV2(gateway, token)];
  await hears(stalled, 'hello');
  const place = placeOf(stalled);
  stalled.pause();
  const published: string[] = [];
  await eventually(async () => {
    for (let i = 0; i < 10; i += 1) {
      const id = `${published.length} ${'long'.repeat(3_000)}`;
      published.push(id);
      await makeBooking(rig, { userId: 'ana', reason: id }).become('Cancelled');
    }
    expect(await readMetric(gateway.httpUrl, 'logi_ws_slow_closes_total')).toBe(1);
  }, LONG_WAIT_MS);
  stalled.resume();
  // Cut off where it came back to reading too late to see the close.
  expect([4008, 1006]).toContain((await stalled.closed).code);
  await healthy.find(({ payload }) => 'reason' in payload && payload.reason === published.at(-1));
  const back = await connectV2(gateway, token, `&last_id=${place}`);
  expect((await hears(back, 'resumed')).payload).toMatchObject({ recovered: true });
  const reasonsOf = ({ messages }: V2Socket) =>
    messages.flatMap(({ payload }) =>
      'reason' in payload && published.includes(payload.reason ?? '') ? [payload.reason] : [],
    );
  expect(reasonsOf(back)).toEqual(published);
});

test('a reader that keeps up gets a burst far above the limit of waiting events, and stays', async () => {
  const gateway = await rig.startGateway({ MAX_QUEUED_EVENTS: '5' });
  const reader = await connectV2(gateway, rig.token('user', 'ana'));
  await hears(reader, 'hello');
  const bookings = Array.from({ length: 500 }, () => makeBooking(rig, { userId: 'ana' }));
  await Promise.all(bookings.map((booking) => booking.become('Cancelled')));
  const told = () => reader.messages.filter(({ type }) => type === 'status_update');
  await eventually(() => expect(told()).toHaveLength(bookings.length));
  reader.send(JSON.stringify({ type: 'ping' }));
  await hears(reader, 'pong');
});

test('a session lasts as long as its newest token; without one it ends with 4401', async () => {
  const gateway = await rig.startGateway({ TOKEN_NOTICE_MS: '60000' });
  const extended = await connectV2(gateway, rig.token('user', 'ana', 3));
  const left = await connectV2(gateway, rig.token('user', 'ana', 3));
  await hears(extended, 'token_expiring');
  extended.send(JSON.stringify({ type: 'auth', payload: { token: rig.token('user', 'ana') } }));
  await hears(extended, 'authenticated');
  expect((await left.closed).code).toBe(4401);
  extended.send(JSON.stringify({ type: 'ping' }));
  await hears(extended, 'pong');
});

test('a gateway that stops warns its clients one after the other, closes them with 1012, and refuses new ones', async () => {
  const gateway = await spawnGateway(rig, { DRAIN_MS: '1000' });
  const sockets = await Promise.all(
    Array.from({ length: 20 }, (_, i) => connectV2(gateway, rig.token('user', `ana ${i}`))),
  );
  const byDefault = await TestSocket.connect(`${gateway.url}/ws?token=${rig.token('user', 'ana')}`);
  const stopped = gateway.kill('SIGTERM');
  const [first] = sockets;
  if (first) await hears(first, 'goaway');
  expect((await refusedUpgrade(`${gateway.url}/ws?token=${rig.token('user', 'late')}`)).status).toBe(503);
  for (const socket of sockets) {
    expect((await socket.closed).code).toBe(1012);
    expect(socket.messages.at(-1)).toMatchObject({ type: 'goaway', payload: { closes_in_ms: expect.any(Number) } });
  }
  expect((await byDefault.closed).code).toBe(1012);
  expect(byDefault.messages).toEqual([]);
  expect(await stopped).toBe(0);
});

test('operators see and end sessions on all instances; others may not', async () => {
  const [one, two] = [await rig.startGateway(), await rig.startGateway()];
  const [ana, ben] = [rig.token('user', 'ana #*'), rig.token('user', 'ben')];
  const sockets = [await connectV2(one, ana), await connectV2(two, ana), await connectV2(two, ben)];
  const hello = await sockets[0]?.find(({ type }) => type === 'hello');
  sockets[0]?.send(JSON.stringify({ type: 'ack', payload: { last_id: hello?.id } }));
  const token = rig.token('admin', 'ops');
  const query = `role=user&sub=${encodeURIComponent('ana #*')}`;
  expect((await call('GET', `${one.httpUrl}/v1/sessions?${query}`, { token: ana })).status).toBe(403);
  expect((await call('DELETE', `${one.httpUrl}/v1/sessions`, { token })).status).toBe(400);
  await eventually(async () => {
    const { body } = await call('GET', `${one.httpUrl}/v1/sessions?${query}`, { token });
    expect(body).toMatchObject({ count: 2, missing_instances: [] });
    expect(new Set(body.items.map((item: { instance_id: string }) => item.instance_id)).size).toBe(2);
    expect(body.items.map((item: { acked_id: string | null }) => item.acked_id)).toContain(hello?.id);
  });
  const ended = await call('DELETE', `${one.httpUrl}/v1/sessions?${query}`, { token });
  expect(ended.body).toEqual({ count: 2, missing_instances: [] });
  expect((await sockets[0]?.closed)?.code).toBe(4410);
  expect((await sockets[1]?.closed)?.code).toBe(4410);
  const left = await call('GET', `${two.httpUrl}/v1/sessions?role=user`, { token });
  expect(left.body.items).toMatchObject([{ sub: 'ben', protocol: 'logi.v2', role: 'user' }]);
});

test('metrics tell of connections, refusals, deliveries, replays, waiting bytes and lag', async () => {
  const gateway = await rig.startGateway();
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId));
  await hears(socket, 'hello');
  const place = placeOf(socket);
  await refusedUpgrade(`${gateway.url}/ws?token=x`);
  await makeBooking(rig, { userId }).become('Searching');
  await hears(socket, 'status_update');
  await hears(await connectV2(gateway, rig.token('user', userId), `&last_id=${place}`), 'resumed');
  const { text } = await callText(`${gateway.httpUrl}/metrics`);
  for (const line of [
    'logi_ws_connections{role="user"} 2',
    'logi_ws_accepted_total{protocol="logi.v2"} 2',
    'logi_ws_refused_total{reason="unauthenticated"} 1',
    'logi_ws_messages_total{type="status_update"} 1',
    'logi_ws_replayed_total{type="status_update"} 1',
    'logi_ws_resumes_total{recovered="true"} 1',
    'logi_ws_queued_bytes 0',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/logi_stream_lag_seconds \d/);
  expect(text).toMatch(/logi_event_to_socket_seconds_count \d/);
});

test('no token and no payload gets into the log', async () => {
  const gateway = await spawnGateway(rig, { LOG_LEVEL: 'trace' });
  const userId = `secret person ${randomUUID()}`;
  const [token, next] = [rig.token('user', userId), rig.token('user', userId, 7_200)];
  const socket = await connectV2(gateway, token);
  socket.send(JSON.stringify({ type: 'auth', payload: { token: next } }));
  await hears(socket, 'authenticated');
  const booking = makeBooking(rig, { userId });
  await booking.become('Searching');
  await rig.publishRaw({ exchange: EXCHANGES.bookingEvents, routingKey: 'booking.created', body: `{"x":"${userId}"}` });
  await hears(socket, 'status_update');
  await refusedUpgrade(`${gateway.url}/ws?token=${token}x`);
  await refusedUpgrade(`${gateway.url}/nowhere?token=${token}`);
  await call('GET', `${gateway.httpUrl}/v1/sessions`, { token });
  await call('GET', `${gateway.httpUrl}/ws?token=${token}`);
  socket.send(`{"type":"auth","payload":{"token":"${token}x"}}`);
  await socket.closed;
  await gateway.stop();
  const log = gateway.output();
  expect(log).toContain('malformed event put aside');
  for (const secret of [...token.split('.'), ...next.split('.').slice(1), userId, booking.bookingId]) {
    expect(log).not.toContain(secret);
  }
});
