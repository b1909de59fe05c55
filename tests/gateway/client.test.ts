import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LogiClient, type Message } from '@logi/client';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { type Gateway, makeBooking, type Rig, startRig, statusesIn } from '../support/services/gateways.ts';

let rig: Rig;
let gateway: Gateway;
beforeAll(async () => {
  rig = await startRig();
  gateway = await rig.startGateway();
});
afterAll(() => rig.stop());

function open(options: ConstructorParameters<typeof LogiClient>[0]): LogiClient {
  const client = new LogiClient(options);
  closeLater(() => client.close());
  return client;
}

function collect(client: LogiClient) {
  const messages: Message[] = [];
  client.on('*', (message) => messages.push(message));
  return { messages };
}

test('a client whose line breaks again and again reads everything once and in order', async () => {
  const line = await startLine(gateway.url);
  const userId = randomUUID();
  const client = open({ url: `${line.url()}ws`, getToken: () => rig.token('user', userId) });
  const read = collect(client);
  await eventually(() => expect(client.state).toBe('open'));
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  const statuses = ['Searching', 'Accepted', 'In Transit', 'Arrived at Drop-off', 'Delivered'] as const;
  for (const status of statuses) {
    line.cut();
    await booking.become(status);
  }
  await eventually(() => expect(statusesIn(read)).toEqual(statuses));
});

test('for await reads messages until the client is closed', async () => {
  const userId = randomUUID();
  const client = open({ url: `${gateway.url}/ws`, getToken: () => rig.token('user', userId) });
  const types: string[] = [];
  const reading = async () => {
    for await (const { type } of client) {
      types.push(type);
      if (type === 'hello') await makeBooking(rig, { userId }).become('Searching');
      if (type === 'status_update') client.close();
    }
  };
  await within(reading(), 'the last message', { seen: () => types });
  expect(types).toEqual(['hello', 'new_booking_request', 'status_update']);
});

test('a token that ends is replaced without a new connection', async () => {
  const own = await rig.startGateway({ TOKEN_NOTICE_MS: '60000' });
  const userId = randomUUID();
  let asked = 0;
  const client = open({
    url: `${own.url}/ws`,
    getToken: () => {
      asked += 1;
      return rig.token('user', userId, asked === 1 ? 3 : 3_600);
    },
  });
  const read = collect(client);
  await eventually(() => expect(read.messages.map(({ type }) => type)).toContain('authenticated'));
  expect(read.messages.filter(({ type }) => type === 'hello')).toHaveLength(1);
});

long('a slow token is waited for, and one that comes too late opens no second connection', async () => {
  const line = await startLine(gateway.url);
  const userId = randomUUID();
  const late = Promise.withResolvers<void>();
  let asked = 0;
  const client = open({
    url: `${line.url()}ws`,
    async getToken() {
      asked += 1;
      if (asked === 2) await late.promise;
      else if (asked === 3) await sleep(1_500); // longer than it takes to notice a dead line
      return rig.token('user', userId);
    },
  });
  const read = collect(client);
  await eventually(() => expect(client.state).toBe('open'));
  line.cut();
  await eventually(() => expect(asked).toBeGreaterThan(2), 30_000);
  await eventually(() => expect(client.state).toBe('open'));
  late.resolve();
  await makeBooking(rig, { userId }).become('Searching');
  await eventually(() => expect(statusesIn(read)).toEqual(['Searching']));
  expect({ asked, open: line.clientsLeft }).toEqual({ asked: 3, open: 1 });
});

test('what cannot be recovered is told by onGap, and the client goes on', async () => {
  const userId = randomUUID();
  let gaps = 0;
  const client = open({
    url: `${gateway.url}/ws`,
    getToken: () => rig.token('user', userId),
    lastId: 'ffffffffffff-00000f-00000000',
    onGap: () => {
      gaps += 1;
    },
  });
  const read = collect(client);
  await eventually(() => expect(gaps).toBe(1));
  await makeBooking(rig, { userId }).become('Searching');
  await eventually(() => expect(statusesIn(read)).toEqual(['Searching']));
});

test('a client acknowledges what it has read, and one that an operator ends stays away', async () => {
  const userId = randomUUID();
  const errors: Error[] = [];
  const client = open({
    url: `${gateway.url}/ws`,
    getToken: () => rig.token('user', userId),
    onError: (error) => errors.push(error),
  });
  const admin = { token: rig.token('admin', 'ops') };
  const sessions = `${gateway.httpUrl}/v1/sessions?role=user&sub=${userId}`;
  await eventually(async () => {
    expect((await call('GET', sessions, admin)).body.items).toMatchObject([{ acked_id: client.lastId }]);
  });
  await call('DELETE', sessions, admin);
  await eventually(() => expect(client.state).toBe('closed'));
  expect(errors).toMatchObject([{ message: expect.stringContaining('4410') }]);
});

test('a client whose place a newer one has taken stays away, and the newer one stays', async () => {
  const single = await rig.startGateway({ MAX_CONNECTIONS_PER_PRINCIPAL: '1' });
  const userId = randomUUID();
  const errors: Error[] = [];
  const options = { url: `${single.url}/ws`, getToken: () => rig.token('user', userId) };
  const older = open({ ...options, onError: (error) => errors.push(error) });
  await eventually(() => expect(older.state).toBe('open'));
  const newer = open(options);
  const read = collect(newer);
  await eventually(() => expect(older.state).toBe('closed'));
  expect(errors).toMatchObject([{ message: expect.stringContaining('4409') }]);
  await makeBooking(rig, { userId }).become('Searching');
  await eventually(() => expect(statusesIn(read)).toEqual(['Searching']));
});

test('a client of a gateway that drains moves to the next one, without a gap', async () => {
  const leaving = await rig.startGateway({ DRAIN_MS: '400' });
  const userId = randomUUID();
  const client = open({ url: `${leaving.url}/ws`, getToken: () => rig.token('user', userId) });
  const read = collect(client);
  await eventually(() => expect(client.state).toBe('open'));
  await leaving.stop();
  expect(read.messages.map(({ type }) => type)).toContain('goaway');
  client.close();
  const next = open({
    url: `${gateway.url}/ws`,
    getToken: () => rig.token('user', userId),
    ...(client.lastId !== undefined && { lastId: client.lastId }),
  });
  const after = collect(next);
  await eventually(() =>
    expect(after.messages.at(-1)).toMatchObject({ type: 'resumed', payload: { recovered: true } }),
  );
});

test('the library needs nothing: it imports its own files', async () => {
  const files = (await readdir('libs/client/src', { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name));
  for (const name of files) {
    const text = await readFile(`libs/client/src/${name}`, 'utf8');
    expect(text.match(/ from '(?!\.)[^']*'/g) ?? []).toEqual([]);
  }
  expect(files.length).toBeGreaterThan(4);
});
