import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DrivenGateway } from '../../../../tools/testing/browser/driven-gateway.ts';
import { LogiClient } from './logi-client.ts';

let gateway: DrivenGateway;
let client: LogiClient | undefined;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  gateway = new DrivenGateway();
});
afterEach(() => {
  client?.close();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const authsIn = (index: number) => gateway.sockets[index]?.frames.filter(({ type }) => type === 'auth') ?? [];
const expire = () => gateway.last.tell('token_expiring', { expires_at: '' });

async function open(getToken: () => string | null): Promise<void> {
  client = new LogiClient({ url: 'wss://logi/ws', getToken, WebSocket: gateway.WebSocket });
  await pass(0);
}

test('a token that the app still keeps is not sent again, and a newer one is sent once', async () => {
  let token = 'old';
  const getToken = jest.fn(() => token);
  await open(getToken);
  expire();
  await pass(45_000);
  expect(authsIn(0)).toEqual([]);
  expect(getToken.mock.calls.length).toBeLessThan(8);
  token = 'new';
  await pass(10_000);
  gateway.last.tell('authenticated', { expires_at: '' });
  await pass(60_000);
  expect(authsIn(0)).toEqual([{ type: 'auth', payload: { token: 'new' } }]);
  expect(gateway.sockets).toHaveLength(1);
});

test('tokens that end at once are renewed every 10 s, not as fast as they come', async () => {
  let count = 0;
  await open(() => {
    count += 1;
    return `token${count}`;
  });
  const { send } = gateway.last;
  gateway.last.send = function answer(text) {
    send.call(this, text);
    if (!text.includes('"auth"')) return;
    this.tell('authenticated', { expires_at: '' });
    this.tell('token_expiring', { expires_at: '' });
  };
  expire();
  await pass(60_000);
  expect(authsIn(0).length).toBeLessThanOrEqual(7);
});

test('a token too long for a frame begins a new connection, and so do those after it', async () => {
  let token = 'old';
  await open(() => token);
  token = 'n'.repeat(8_000);
  expire();
  await pass(0);
  gateway.last.end(1009, 'frame too large');
  await pass(501);
  expect(client?.state).toBe('open');
  expect(gateway.last.token).toBe(token);
  token = 'm'.repeat(8_000);
  expire();
  await pass(0);
  expect({ sockets: gateway.sockets.length, auths: authsIn(1) }).toEqual({ sockets: 3, auths: [] });
  expect(gateway.last.token).toBe(token);
});

test('1009 that no token is the cause of is final', async () => {
  let token = 'old';
  await open(() => token);
  token = 'new';
  expire();
  await pass(0);
  gateway.last.tell('authenticated', { expires_at: '' });
  await pass(0);
  gateway.last.end(1009);
  await pass(0);
  expect(client?.state).toBe('closed');
});

test('a getToken that says that nobody is signed in ends the session', async () => {
  let token: string | null = 'old';
  await open(() => token);
  token = null;
  expire();
  await pass(0);
  expect({ state: client?.state, ready: gateway.last.readyState }).toEqual({ state: 'closed', ready: 3 });
});

test('a token that arrives after the connection has changed is not told to the new one', async () => {
  const late = Promise.withResolvers<string>();
  let asked = 0;
  client = new LogiClient({
    url: 'wss://logi/ws',
    getToken: () => {
      asked += 1;
      return asked === 2 ? late.promise : `token${asked}`;
    },
    WebSocket: gateway.WebSocket,
  });
  await pass(0);
  expire();
  await pass(0);
  gateway.last.end();
  await pass(501);
  late.resolve('late');
  await pass(20_000);
  expect(gateway.sockets.map(({ token }) => token)).toEqual(['token1', 'token3']);
  expect([...authsIn(0), ...authsIn(1)]).toEqual([]);
});
