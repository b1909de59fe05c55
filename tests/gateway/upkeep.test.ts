import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call, callText } from '../support/http.ts';
import { frame, openRawSocket } from '../support/raw/raw-socket.ts';
import {
  connectV2,
  type Gateway,
  makeBooking,
  type Rig,
  spawnGateway,
  startRig,
} from '../support/services/gateways.ts';
import { TestSocket } from '../support/socket.ts';

/* What must go down again, be forgotten, or stay below its bound, for a gateway to run for months. */

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const urlOf = ({ url }: Gateway, sub: string) => `${url}/ws?token=${rig.token('user', sub)}`;

const isLetIn = (gateway: Gateway, sub: string) =>
  TestSocket.connect(urlOf(gateway, sub)).then(
    () => true,
    () => false,
  );

/** Ways in which a connection ends: by its client, by us, or by nobody's word. */
const ENDS: [name: string, end: (gateway: Gateway, sub: string) => Promise<unknown>][] = [
  ['says goodbye', async (gateway, sub) => (await TestSocket.connect(urlOf(gateway, sub))).close()],
  [
    'is put out',
    async (gateway, sub) => {
      const socket = await TestSocket.connect(urlOf(gateway, sub));
      socket.send('no frame of ours');
      await socket.closed;
    },
  ],
  [
    'is cut off',
    async (gateway, sub) => {
      const raw = await openRawSocket(urlOf(gateway, sub));
      raw.write(frame({ opcode: 1, payload: 'not masked', isMasked: false }));
      await raw.closed;
    },
  ],
];

test.each(ENDS)('an address has room again for each client that %s', async (_name, end) => {
  const gateway = await rig.startGateway({ MAX_CONNECTIONS_PER_ADDRESS: '2' });
  for (const guest of ['first', 'second']) await end(gateway, guest);
  for (const sub of ['one', 'two']) {
    await eventually(async () => expect(await isLetIn(gateway, sub)).toBe(true));
  }
  expect(await isLetIn(gateway, 'three')).toBe(false);
});

test.each(ENDS)('a client that %s is counted and listed no longer', async (_name, end) => {
  const gateway = await rig.startGateway();
  await end(gateway, 'guest');
  await eventually(async () => {
    expect((await callText(`${gateway.httpUrl}/metrics`)).text).toContain('logi_ws_connections{role="user"} 0\n');
    const { body } = await call('GET', `${gateway.httpUrl}/v1/sessions`, { token: rig.token('admin', 'ops') });
    expect(body).toMatchObject({ count: 0, items: [] });
  });
  expect(await readMetric(gateway.httpUrl, 'logi_ws_closed_total')).toBe(1);
});

test('an instance that died is named as missing for a moment only', async () => {
  const stays = await rig.startGateway();
  const dies = await spawnGateway(rig);
  const token = rig.token('admin', 'ops');
  const list = async () => (await call('GET', `${stays.httpUrl}/v1/sessions`, { token })).body;
  const socket = await connectV2(dies, rig.token('user', 'passenger'));
  await eventually(async () => expect(await list()).toMatchObject({ count: 1, missing_instances: [] }));
  await dies.kill();
  await socket.closed;
  await eventually(async () => expect(await list()).toMatchObject({ count: 0, missing_instances: [] }));
});

test('what is kept for those who come back stays below its bound, however much is told', async () => {
  const [bound, some] = [65_536, 5_000];
  const gateway = await rig.startGateway({ RESUME_WINDOW_BYTES: String(bound) });
  const userId = randomUUID();
  const reader = await connectV2(gateway, rig.token('user', userId));
  const booking = makeBooking(rig, { userId, driverId: 'dora', reason: 'a long one '.repeat(40) });
  for (let i = 0; i < 200; i += 1) await booking.become(i % 2 === 0 ? 'In Transit' : 'Arrived at Drop-off');
  await eventually(() => expect(reader.messages.filter(({ type }) => type === 'status_update')).toHaveLength(200));
  const kept = await readMetric(gateway.httpUrl, 'logi_journal_bytes');
  expect(kept).toBeGreaterThan(some);
  expect(kept).toBeLessThan(bound + some);
});
