import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { CoreService } from '@logi/contracts';
import type { ListeningService } from '@logi/service';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let line: TcpProxy;
const running: Record<CoreService, ListeningService[]> = { booking: [], tracking: [], gateway: [] };

beforeAll(async () => {
  system = await startSystem();
  await Promise.all([system.booking.stop(), system.tracking.stop(), system.gateway.stop()]);
  line = await startLine(system.servers.amqpUrl);
});

/** What a test starts is stopped with it. */
beforeEach(() => {
  for (const services of Object.values(running)) services.length = 0;
});

/** Their way to the broker is the line. Gateways wait for it, so they may not be up when this resolves. */
async function start(name: CoreService): Promise<ListeningService> {
  const service = await system.start[name]({ AMQP_URL: line.url(system.servers.urls[name].amqpUrl) });
  running[name].push(service);
  return service;
}

async function startAll(): Promise<void> {
  await Promise.all((['booking', 'tracking', 'tracking', 'gateway', 'gateway'] as const).map(start));
}

async function stopAll(): Promise<void> {
  const services = Object.values(running).flatMap((each) => each.splice(0));
  await Promise.all(services.map((service) => service.stop()));
}

const at = (service: ListeningService | undefined) => `127.0.0.1:${service?.port()}`;
const token = (sub: string) => system.token('user', sub);

async function block(sub: string): Promise<void> {
  const query = new URLSearchParams({ role: 'user', sub });
  const admin = system.token('admin', 'ops');
  const answer = await call('PUT', `http://${at(running.booking[0])}/v1/blocks?${query}`, { token: admin, body: {} });
  expect(answer.status).toBe(200);
}

/** What each tracking and each gateway says to this user. */
async function answersTo(sub: string): Promise<string[]> {
  const query = 'latitude=1&longitude=1&vehicle_type=van';
  const trackings = running.tracking.map(async (service) => {
    const { status } = await call('GET', `http://${at(service)}/v1/drivers/nearby?${query}`, { token: token(sub) });
    return String(status);
  });
  const gateways = running.gateway.map((service) =>
    TestSocket.connect(`ws://${at(service)}/ws?token=${token(sub)}`).then(
      async (socket) => {
        await socket.close(); // asked often, open ones would replace those that are watched
        return 'let in';
      },
      (err: Error) => /\d{3}$/.exec(err.message)?.[0] ?? err.message,
    ),
  );
  return Promise.all([...trackings, ...gateways]);
}

const REFUSED = ['403', '403', '403', '403'];
const LET_IN = ['200', '200', 'let in', 'let in'];

async function areReady(): Promise<void> {
  await eventually(async () => {
    for (const service of [...running.tracking, ...running.gateway])
      expect((await call('GET', `http://${at(service)}/readyz`)).status).toBe(200);
  }, LONG_WAIT_MS);
}

test('a block that is made while the broker is away holds in booking at once, and elsewhere soon after it is back', async () => {
  await startAll();
  await areReady();
  const sockets = await Promise.all(
    running.gateway.map((service) => TestSocket.connect(`ws://${at(service)}/ws?token=${token('ana')}`)),
  );
  await line.close();
  await block('ana');
  const inBooking = await call('GET', `http://${at(running.booking[0])}/v1/bookings`, { token: token('ana') });
  expect(inBooking.status).toBe(403);
  await line.reopen();
  await eventually(async () => expect(await answersTo('ana')).toEqual(REFUSED));
  for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 4410 });
  expect(await answersTo('ben')).toEqual(LET_IN);
});

test('a block holds from the first moment on when everything is started anew', async () => {
  await startAll();
  await areReady();
  await block('ana');
  await eventually(async () => expect(await answersTo('ana')).toEqual(REFUSED));
  await stopAll();
  await startAll();
  await areReady();
  expect(await answersTo('ana')).toEqual(REFUSED);
  expect(await answersTo('ben')).toEqual(LET_IN);
});

test('who starts while the broker is away admits nobody before it knows the blocks, and then nobody who is blocked', async () => {
  await startAll();
  await areReady();
  await block('ana');
  await eventually(async () => expect(await answersTo('ana')).toEqual(REFUSED));
  await line.close();
  await block('cleo');
  await stopAll();
  await startAll();
  for (const service of running.gateway) expect((await call('GET', `http://${at(service)}/readyz`)).status).toBe(503);
  expect((await answersTo('ben')).slice(2)).toEqual(['503', '503']);
  expect((await answersTo('ana')).slice(0, 2)).toEqual(['403', '403']);
  const answers = new Set<string>();
  await line.reopen();
  await eventually(async () => {
    for (const answer of await answersTo('ana')) answers.add(answer);
    expect(await answersTo('cleo')).toEqual(REFUSED);
  }, LONG_WAIT_MS);
  expect([...answers].filter((answer) => answer !== '403' && answer !== '503')).toEqual([]);
  await areReady();
  expect(await answersTo('ben')).toEqual(LET_IN);
});
