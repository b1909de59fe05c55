import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { callText } from '../support/http.ts';
import { frame, openRawSocket } from '../support/raw/raw-socket.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type Gateway, type Rig, startRig } from '../support/services/gateways.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const [PING, PONG] = [9, 10];
const LIMITS = { MAX_FRAMES_PER_SECOND: '10', RATE_BURST_SECONDS: '1', CLOSE_GRACE_MS: '500' };
const socketUrl = ({ url }: Gateway, sub: string) => `${url}/ws?token=${rig.token('user', sub)}`;
/** A flood of small frames: a second of it, and not more, for the machine is not ours alone. */
const floodOf = (opcode: number, frames = 20_000) => Buffer.concat(Array<Buffer>(frames).fill(frame({ opcode })));
const framesRefused = ({ httpUrl }: Gateway) => readMetric(httpUrl, 'logi_rate_limited_total{class="frames"}');

test.each([
  ['pings', PING],
  ['pongs', PONG],
])(
  'a flood of %s is read to its end where there is no limit, and ends its socket where there is one',
  async (_name, opcode) => {
    const harmed = await rig.startGateway({ MAX_FRAMES_PER_SECOND: '10000', RATE_BURST_SECONDS: '3600' });
    const open = await openRawSocket(socketUrl(harmed, 'eve'));
    open.write(floodOf(opcode));
    open.write(frame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) }));
    expect(await open.closed).toBe(1000); // all before it was taken

    const gateway = await rig.startGateway(LIMITS);
    const ended = await openRawSocket(socketUrl(gateway, 'eve'));
    ended.write(floodOf(opcode));
    expect(await ended.closed).toBe(4429);
    const seen = await framesRefused(gateway);
    expect(seen).toBeLessThan(20_000); // the rest was not looked at
  },
);

test('after a close for a flood nothing more is looked at, and a neighbour does not notice', async () => {
  const gateway = await rig.startGateway(LIMITS);
  const neighbour = await TestSocket.connect(socketUrl(gateway, 'ana'));
  const raw = await openRawSocket(socketUrl(gateway, 'eve'));
  raw.write(floodOf(PING, 1_000));
  await eventually(async () => expect(await framesRefused(gateway)).toBeGreaterThan(0));
  const before = await framesRefused(gateway);
  for (let round = 0; round < 10; round += 1) {
    raw.write(floodOf(PING, 10_000));
    await neighbour.caughtUp();
  }
  expect(await raw.closed).toBe(4429);
  expect(await framesRefused(gateway)).toBe(before);
});

test('after any close of ours, frames still count', async () => {
  const gateway = await rig.startGateway({ ...LIMITS, CLOSE_GRACE_MS: '2000' });
  const raw = await openRawSocket(socketUrl(gateway, 'eve'));
  raw.write(frame({ opcode: 2, payload: 'binary' }));
  for (let round = 0; round < 10; round += 1) raw.write(floodOf(PONG, 2_000));
  expect(await raw.closed).toBe(4400);
  expect(await framesRefused(gateway)).toBeLessThan(20_000);
});

test('frames count on all sockets of a principal together, and close the one that brought too many', async () => {
  const gateway = await rig.startGateway(LIMITS);
  const sockets = await Promise.all([1, 2, 3].map(() => TestSocket.connect(socketUrl(gateway, 'eve'))));
  for (let sent = 0; sent < 6; sent += 1) for (const socket of sockets) socket.send('{"type":"x"}');
  await eventually(() => expect(sockets.some(({ closedWith }) => closedWith?.code === 4429)).toBe(true));
});

test('who was closed for a flood can open no other socket for RATE_PENALTY_MS, and somebody else can', async () => {
  const harmed = await rig.startGateway(LIMITS);
  const gateway = await rig.startGateway({ ...LIMITS, RATE_PENALTY_MS: '3000' });
  const flood = async (at: Gateway) => {
    const raw = await openRawSocket(socketUrl(at, 'eve'));
    raw.write(floodOf(PING, 1_000));
    await raw.closed;
  };
  await flood(harmed);
  await (await TestSocket.connect(socketUrl(harmed, 'eve'))).close(); // comes straight back

  await flood(gateway);
  const refused = await refusedUpgrade(socketUrl(gateway, 'eve'));
  expectRefusal(refused, 'rate_limited');
  await (await TestSocket.connect(socketUrl(gateway, 'ana'))).close();
  await eventually(async () => (await TestSocket.connect(socketUrl(gateway, 'eve'))).close());
});

test('sockets are opened at a rate, and to take the place of another one costs ten', async () => {
  const gateway = await rig.startGateway({
    MAX_UPGRADES_PER_PRINCIPAL_PER_SECOND: '1',
    RATE_BURST_SECONDS: '14',
    MAX_CONNECTIONS_PER_PRINCIPAL: '2',
  });
  const open = () => TestSocket.connect(socketUrl(gateway, 'ana'));
  const [oldest, second, third] = [await open(), await open(), await open()];
  expect((await oldest.closed).code).toBe(4409);
  expectRefusal(await refusedUpgrade(socketUrl(gateway, 'ana')), 'rate_limited');
  for (const socket of [second, third]) await socket.caughtUp();
});

test('strangers do not use up the upgrades of those whose tokens are good', async () => {
  const gateway = await rig.startGateway({ MAX_UPGRADES_PER_SECOND: '1' });
  const strangers = Array.from({ length: 20 }, (_, index) => refusedUpgrade(`${gateway.url}/ws?token=x${index}`));
  for (const { status } of await Promise.all(strangers)) expect(status).toBe(401);
  await (await TestSocket.connect(socketUrl(gateway, 'ana'))).close();
});

test('refused upgrades count for their address, which is then told so', async () => {
  const gateway = await rig.startGateway({ MAX_STRANGER_CALLS_PER_SECOND: '10', RATE_BURST_SECONDS: '1' });
  const refusals = await Promise.all(Array.from({ length: 30 }, () => refusedUpgrade(`${gateway.url}/ws?token=x`)));
  const limited = refusals.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(10);
  expect(limited[0]?.body.error.message).toContain('address');
  await (await TestSocket.connect(socketUrl(gateway, 'ana'))).close();
});

test('the 429 of an address that has all its connections says so', async () => {
  const gateway = await rig.startGateway({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
  await TestSocket.connect(socketUrl(gateway, 'ana'));
  const refused = await refusedUpgrade(socketUrl(gateway, 'ben'));
  expectRefusal(refused, 'too_many_connections');
  expect(refused.body.error.message).toContain('address');
});

test('closes are counted by the code that we sent, also where the client never answers', async () => {
  const gateway = await rig.startGateway({ ...LIMITS, MAX_FRAME_BYTES: '128' });
  const raw = await openRawSocket(socketUrl(gateway, 'eve'));
  raw.write(frame({ opcode: 1, payload: 'x'.repeat(1_000) }));
  expect(await raw.closed).toBe(1009);
  await eventually(async () => {
    expect((await callText(`${gateway.httpUrl}/metrics`)).text).toContain('logi_ws_closed_total{code="1009"} 1\n');
  });
});
