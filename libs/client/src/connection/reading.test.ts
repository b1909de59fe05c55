import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DrivenGateway } from '../../../../tools/testing/browser/driven-gateway.ts';
import { DrivenPage } from '../../../../tools/testing/browser/driven-page.ts';
import { LogiClient, type LogiClientOptions } from './logi-client.ts';
import type { Message } from './message.ts';

let gateway: DrivenGateway;
let page: DrivenPage;
let client: LogiClient | undefined;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  gateway = new DrivenGateway();
  page = new DrivenPage();
});
afterEach(() => {
  client?.close();
  page.close();
  jest.useRealTimers();
});

async function open(options: Partial<LogiClientOptions> = {}): Promise<LogiClient> {
  client = new LogiClient({ url: 'wss://logi/ws', getToken: () => 'token', WebSocket: gateway.WebSocket, ...options });
  await pass(0);
  return client;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const idOf = (count: number) => String(count).padStart(6, '0');

/** So many changes of status, with the next ids. */
function tell(from: number, to: number): void {
  for (let version = from; version <= to; version += 1) gateway.last.tell('status_update', { version }, idOf(version));
}

const versionOf = (message: Message) => (message.type === 'status_update' ? [message.payload.version] : []);

test('what comes before there is a reader waits for the first ones, whole and in order', async () => {
  const own = await open();
  await pass(400);
  tell(1, 3);
  await pass(400);
  const read = { all: [] as number[], typed: [] as number[], looped: [] as number[] };
  own.on('*', (message) => read.all.push(...versionOf(message)));
  own.on('status_update', ({ payload }) => read.typed.push(payload.version));
  const looping = (async () => {
    for await (const message of own) read.looped.push(...versionOf(message));
  })();
  tell(4, 5);
  await pass(0);
  own.close();
  await looping;
  expect(read).toEqual({ all: [1, 2, 3, 4, 5], typed: [1, 2, 3, 4, 5], looped: [1, 2, 3, 4, 5] });
});

test('what the app says reaches the gateway while the line is open, and is not kept for later', async () => {
  const own = await open();
  own.send({ type: 'watch_area', payload: { bbox: [13, 52, 14, 53] } });
  expect(gateway.last.frames).toEqual([{ type: 'watch_area', payload: { bbox: [13, 52, 14, 53] } }]);
  gateway.last.end();
  own.send({ type: 'watch_area', payload: { bbox: null } });
  await pass(30_000);
  expect(gateway.sockets.length).toBeGreaterThan(1);
  expect(gateway.last.frames.filter(({ type }) => type === 'watch_area')).toEqual([]);
});

test('what waits for a reader is bounded, and what was dropped is told once as a gap', async () => {
  const onGap = jest.fn();
  const own = await open({ maxWaiting: 10, onGap });
  tell(1, 100);
  await pass(0);
  const read: number[] = [];
  own.on('status_update', ({ payload }) => read.push(payload.version));
  await pass(0);
  expect(read).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  expect(onGap).toHaveBeenCalledTimes(1);
});

test('a loop that does not keep up is told of one gap each time', async () => {
  const onGap = jest.fn();
  const own = await open({ maxWaiting: 10, onGap });
  const loop = own[Symbol.asyncIterator]();
  tell(1, 30);
  await pass(0);
  for (let read = 0; read < 10; read += 1) await loop.next();
  tell(31, 60);
  await pass(0);
  expect(onGap).toHaveBeenCalledTimes(2);
});

test('between two readers nothing is lost', async () => {
  const own = await open();
  const read: number[] = [];
  own.on('status_update', ({ payload }) => read.push(payload.version))();
  tell(1, 2);
  await pass(0);
  own.on('status_update', ({ payload }) => read.push(payload.version));
  await pass(0);
  expect(read).toEqual([1, 2]);
});

test('callbacks that throw, or reject, end nothing and keep nothing from others', async () => {
  const fail = () => {
    throw new Error('the app is at fault');
  };
  const states: string[] = [];
  const own = await open({
    onState: (state) => {
      states.push(state);
      fail();
    },
    onGap: fail,
    onError: fail,
  });
  const read: number[] = [];
  own.on('*', fail);
  own.on('status_update', async () => fail());
  own.on('status_update', ({ payload }) => read.push(payload.version));
  gateway.last.tell('resumed', { recovered: false, replayed: 0 }, idOf(0));
  tell(1, 1);
  await pass(0);
  gateway.last.end(4429);
  await pass(20_000);
  tell(2, 2);
  await pass(0);
  expect(read).toEqual([1, 2]);
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  expect(page.reported.length).toBeGreaterThan(8);
  expect(new Set(page.reported.map(String))).toEqual(new Set(['Error: the app is at fault']));
});

test('the first calls come when the client is in hand', async () => {
  const seen: unknown[] = [];
  const own = new LogiClient({
    url: 'wss://logi/ws',
    WebSocket: gateway.WebSocket,
    onState: () => seen.push(own.state),
    getToken: () => own.state,
  });
  client = own;
  await pass(0);
  expect(seen).toEqual(['connecting', 'open']);
  expect(gateway.last.token).toBe('connecting');
});

test('a client that is closed in its own callback is closed', async () => {
  const own: LogiClient = await open({ onState: (state) => state === 'waiting' && own.close() });
  gateway.last.end();
  await pass(60_000);
  expect({ state: own.state, sockets: gateway.sockets.length }).toEqual({ state: 'closed', sockets: 1 });
});

test('a client that is closed at once connects to nothing', async () => {
  client = new LogiClient({ url: 'wss://logi/ws', getToken: () => 'token', WebSocket: gateway.WebSocket });
  client.close();
  await pass(60_000);
  expect(gateway.sockets).toEqual([]);
});

test('listeners outlive a client that was closed and connects again, from its place, and loops begin anew', async () => {
  const own = await open();
  const read: number[] = [];
  own.on('status_update', ({ payload }) => read.push(payload.version));
  const loop = own[Symbol.asyncIterator]();
  tell(1, 1);
  await pass(0);
  own.close();
  own.connect();
  await pass(0);
  expect(gateway.last.url.searchParams.get('last_id')).toBe(idOf(1));
  tell(1, 2);
  await pass(0);
  expect(read).toEqual([1, 2]);
  const left: unknown[] = [];
  for (let next = await loop.next(); !next.done; next = await loop.next()) left.push(...versionOf(next.value));
  expect(left).toEqual([1]);
  const next = own[Symbol.asyncIterator]().next();
  tell(3, 3);
  expect(await next).toMatchObject({ value: { payload: { version: 3 } } });
});

test('on narrows the message to its type', async () => {
  const own = await open();
  const places: number[] = [];
  own.on('driver_location', ({ payload }) => places.push(payload.latitude, payload.longitude));
  // @ts-expect-error there is no such type
  own.on('driver_locations', () => undefined);
  // @ts-expect-error a place has no status
  own.on('driver_location', ({ payload }) => payload.status);
  gateway.last.tell('driver_location', { latitude: 52.5, longitude: 13.4 });
  await pass(0);
  expect(places).toEqual([52.5, 13.4]);
});
