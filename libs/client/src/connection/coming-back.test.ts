import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DrivenGateway } from '../../../../tools/testing/browser/driven-gateway.ts';
import { LogiClient, type LogiClientOptions } from './logi-client.ts';

let gateway: DrivenGateway;
let client: LogiClient | undefined;
let told: { code: unknown; willRetry: boolean; message: string }[];
let answer: () => Response | Promise<Response>;
const asked = jest.fn<(url: URL, init: RequestInit) => void>();
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  gateway = new DrivenGateway();
  told = [];
  answer = () => Promise.reject(new TypeError('fetch failed'));
  asked.mockClear();
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    asked(new URL(String(url)), init ?? {});
    return answer();
  });
});
afterEach(() => {
  client?.close();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

async function open(options: Partial<LogiClientOptions> = {}): Promise<LogiClient> {
  client = new LogiClient({
    url: 'wss://logi/ws',
    getToken: () => 'secret.token',
    WebSocket: gateway.WebSocket,
    onError: (error, { willRetry }) =>
      told.push({ code: 'code' in error ? error.code : undefined, willRetry, message: error.message }),
    ...options,
  });
  await pass(0);
  return client;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const refuse = () => {
  gateway.onConnect = (socket) => socket.end();
};
const errorAnswer =
  (status: number, code: string, headers = {}) =>
  () =>
    Response.json({ error: { code, message: `it is ${code}` } }, { status, headers });

test('a gateway that greets and closes is left alone for longer and longer', async () => {
  gateway.onConnect = (socket) => {
    socket.greet();
    setTimeout(() => socket.end(), 5);
  };
  await open();
  await pass(10_000);
  expect(gateway.sockets.length).toBeLessThan(12);
  const after10s = gateway.sockets.length;
  await pass(60_000);
  expect(gateway.sockets.length - after10s).toBeLessThan(20);
});

test('after a line that has held, the first try is soon again', async () => {
  await open();
  for (let breaks = 0; breaks < 10; breaks += 1) {
    gateway.last.end();
    await pass(16_000);
  }
  expect(gateway.sockets).toHaveLength(11);
  gateway.last.end();
  await pass(501);
  expect(gateway.sockets).toHaveLength(12);
});

test.each([4429, 1013])('after %i the gateway is left alone for at least 5 s', async (code) => {
  await open();
  gateway.last.end(code);
  await pass(4_999);
  expect(gateway.sockets).toHaveLength(1);
  await pass(601);
  expect(gateway.sockets).toHaveLength(2);
});

test.each([1002, 1007, 1008, 1009, 4400, 4403, 4410])('%i is final, and told', async (code) => {
  const states: string[] = [];
  await open({ onState: (state) => states.push(state) });
  gateway.last.end(code, 'why');
  await pass(60_000);
  expect(gateway.sockets).toHaveLength(1);
  expect(states).toEqual(['connecting', 'open', 'closed']);
  expect(told).toEqual([{ code, willRetry: false, message: expect.stringContaining(`${code} why`) }]);
});

test.each([1000, 1001, 1006, 1012, 4008, 4401, 4999])('after %i it comes back', async (code) => {
  await open();
  gateway.last.end(code);
  await pass(501);
  expect(client?.state).toBe('open');
  expect(told.map(({ willRetry }) => willRetry)).toEqual(code < 4000 ? [] : [true]);
});

test.each([
  [400, 'unknown_message_type'],
  [403, 'origin_not_allowed'],
  [403, 'blocked'],
  [404, 'not_found'],
])('who is refused twice asks why, and %i %s is final', async (status, code) => {
  refuse();
  answer = errorAnswer(status, code);
  await open();
  await pass(60_000);
  expect(client?.state).toBe('closed');
  expect(told).toEqual([{ code, willRetry: false, message: `it is ${code}` }]);
  expect(gateway.sockets).toHaveLength(2);
  const [url, init] = asked.mock.calls[0] ?? [];
  expect(url?.href).toBe('https://logi/ws');
  expect(init?.headers).toEqual({ authorization: 'Bearer secret.token' });
  expect(JSON.stringify(told)).not.toContain('secret');
});

test.each<[string, string, () => Response]>([
  ['an expired token', 'unauthenticated', errorAnswer(401, 'unauthenticated')],
  ['a gateway that starts', 'unavailable', errorAnswer(503, 'unavailable')],
  ['a proxy that lets no WebSocket through', 'no_upgrade', errorAnswer(426, 'upgrade_required')],
  ['a proxy without servers', 'no_gateway', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
  ['a page that is not ours', 'no_gateway', () => new Response('no such page', { status: 404 })],
])('%s is told and tried again, and asked about ever more rarely', async (_, code, given) => {
  refuse();
  answer = given;
  await open();
  await pass(120_000);
  expect(told[0]).toMatchObject({ code, willRetry: true });
  expect(gateway.sockets.length).toBeGreaterThan(7);
  expect(asked.mock.calls.length).toBeLessThanOrEqual(Math.floor(Math.log2(gateway.sockets.length)));
  gateway.onConnect = (socket) => socket.greet();
  await pass(15_001);
  expect(client?.state).toBe('open');
});

test('a gateway out of reach is told and tried again', async () => {
  refuse();
  await open();
  await pass(5_000);
  expect(told[0]).toMatchObject({ code: 'unreachable', willRetry: true });
});

test('Retry-After is heeded', async () => {
  refuse();
  answer = errorAnswer(429, 'rate_limited', { 'retry-after': '30' });
  await open();
  await pass(2_000);
  expect(told).toMatchObject([{ code: 'rate_limited', willRetry: true }]);
  await pass(27_000);
  expect(gateway.sockets).toHaveLength(2);
  await pass(20_000);
  expect(gateway.sockets.length).toBeGreaterThan(2);
});

test('a person who connects again after a refusal is told again why', async () => {
  refuse();
  answer = errorAnswer(403, 'blocked');
  await open();
  await pass(10_000);
  client?.connect();
  await pass(10_000);
  expect(told.map(({ code }) => code)).toEqual(['blocked', 'blocked']);
});

test('connect tries at once', async () => {
  refuse();
  await open();
  await pass(30_000);
  const tried = gateway.sockets.length;
  gateway.onConnect = (socket) => socket.greet();
  client?.connect();
  await pass(0);
  expect({ state: client?.state, tried: gateway.sockets.length }).toEqual({ state: 'open', tried: tried + 1 });
});

test.each([
  ['no URL at all', { url: 'logi' }, 'bad_url'],
  ['a URL that is no WebSocket’s', { url: 'ftp://logi/ws', WebSocket: globalThis.WebSocket }, 'bad_url'],
  ['a fragment', { url: 'ws://logi/ws#x', WebSocket: globalThis.WebSocket }, 'bad_url'],
  ['a token with a line break', { getToken: () => 'secret\n' }, 'bad_token'],
  ['an empty token', { getToken: () => '' }, 'bad_token'],
  ['nobody signed in', { getToken: () => null }, 'signed_out'],
])('%s is final and told, without the token', async (_, options, code) => {
  await open(options);
  await pass(60_000);
  expect(client?.state).toBe('closed');
  expect(told).toMatchObject([{ code, willRetry: false }]);
  expect(JSON.stringify(told)).not.toContain('secret');
});

test('a getToken that throws is told, and asked again', async () => {
  let asked = 0;
  await open({
    getToken() {
      asked += 1;
      if (asked < 3) throw new Error('the sign-in service is away');
      return 'token';
    },
  });
  await pass(5_000);
  expect(client?.state).toBe('open');
  expect(told).toMatchObject([{ willRetry: true, message: 'the sign-in service is away' }, { willRetry: true }]);
});

test('a getToken that never answers is asked again', async () => {
  const getToken = jest.fn<() => Promise<string>>(() => new Promise(() => undefined));
  await open({ getToken });
  await pass(20_000);
  getToken.mockResolvedValue('token');
  await pass(20_000);
  expect(client?.state).toBe('open');
});

test('where there is no WebSocket the constructor says what to do', () => {
  const own = globalThis.WebSocket;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  try {
    expect(() => new LogiClient({ url: 'ws://logi/ws', getToken: () => 'token' })).toThrow(
      /Node 22.*package ws.*new LogiClient\(\{ WebSocket \}\)/,
    );
  } finally {
    globalThis.WebSocket = own;
  }
});
