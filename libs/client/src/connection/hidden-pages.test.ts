import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DrivenGateway } from '../../../../tools/testing/browser/driven-gateway.ts';
import { DrivenPage } from '../../../../tools/testing/browser/driven-page.ts';
import { LogiClient, type LogiClientOptions } from './logi-client.ts';

const MINUTE_MS = 60_000;

let gateway: DrivenGateway;
let page: DrivenPage;
let clients: LogiClient[];
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  gateway = new DrivenGateway();
  page = new DrivenPage();
  clients = [];
});
afterEach(() => {
  for (const client of clients) client.close();
  page.close();
  jest.useRealTimers();
});

async function open(options: Partial<LogiClientOptions> = {}): Promise<LogiClient> {
  const client = new LogiClient({
    url: 'wss://logi/ws',
    getToken: () => 'token',
    WebSocket: gateway.WebSocket,
    ...options,
  });
  clients.push(client);
  await pass(100);
  return client;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('an idle line that is well is kept for half an hour in a hidden tab', async () => {
  const client = await open();
  page.hide();
  await pass(30 * MINUTE_MS);
  expect(client.state).toBe('open');
  expect(gateway.sockets).toHaveLength(1);
  expect(gateway.last.frames.filter(({ type }) => type === 'ping').length).toBeGreaterThan(10);
});

test('a line that is dead is given up in a hidden tab as well, after one question', async () => {
  await open();
  page.hide();
  gateway.last.isDead = true;
  await pass(5 * MINUTE_MS);
  expect(gateway.sockets.map(({ frames }) => frames.filter(({ type }) => type === 'ping').length)[0]).toBe(1);
  expect(gateway.sockets).toHaveLength(2);
});

test('a page that was frozen with a question under way finds its line well', async () => {
  const client = await open();
  gateway.hold();
  await pass(26_000); // it has asked
  page.freeze();
  await pass(10 * MINUTE_MS);
  page.show();
  gateway.release();
  await pass(MINUTE_MS);
  expect(client.state).toBe('open');
  expect(gateway.sockets).toHaveLength(1);
});

test('a line whose silence is first seen late is asked before it is given up', async () => {
  await open();
  page.freeze();
  await pass(10 * MINUTE_MS);
  page.show();
  await pass(MINUTE_MS);
  expect(gateway.sockets).toHaveLength(1);
});

test.each([
  ['somebody looks at the page', () => page.show()],
  ['the network is back', () => page.happens('online')],
  ['the page is shown again', () => page.happens('pageshow')],
])('when %s, a line that is open is asked, and one that is not is made, at once', async (_, wake) => {
  await open();
  page.hide();
  wake();
  expect(gateway.last.frames).toMatchObject([{ type: 'ping' }]);
  gateway.onConnect = (socket) => socket.end();
  gateway.last.end();
  await pass(10 * MINUTE_MS);
  const tried = gateway.sockets.length;
  gateway.onConnect = (socket) => socket.greet();
  page.hide();
  wake();
  await pass(0);
  expect(gateway.sockets).toHaveLength(tried + 1);
  expect(clients[0]?.state).toBe('open');
});

test('a line that died while the page was away is given up within seconds of somebody looking', async () => {
  const client = await open();
  page.hide();
  await pass(MINUTE_MS);
  gateway.last.isDead = true;
  page.show();
  await pass(7_000);
  expect(client.state).toBe('open');
  expect(gateway.sockets).toHaveLength(2);
});

test('a client that was replaced stays away until somebody looks at its page, or it is told to connect', async () => {
  const client = await open({ onError: (error) => told.push(error) });
  const told: Error[] = [];
  page.hide();
  gateway.last.end(4409, 'replaced by a newer connection');
  page.happens('online');
  await pass(30 * MINUTE_MS);
  expect({ state: client.state, told }).toMatchObject({ state: 'closed', told: [{ code: 4409 }] });
  expect(gateway.sockets).toHaveLength(1);
  page.show();
  await pass(0);
  expect(client.state).toBe('open');
  gateway.last.end(4409);
  client.connect();
  await pass(0);
  expect(client.state).toBe('open');
});

test('a client that was closed leaves nothing behind, and does not come back', async () => {
  const client = await open();
  gateway.last.end(4409);
  client.close();
  page.hide();
  page.show();
  await pass(MINUTE_MS);
  expect({ state: client.state, sockets: gateway.sockets.length, timers: jest.getTimerCount() }).toEqual({
    state: 'closed',
    sockets: 1,
    timers: 0,
  });
});
