import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QUEUES, redeliveryExchange, STREAM_PROBE } from '@logi/contracts';
import type { Channel } from 'amqplib';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectBroker } from '../support/raw/raw-broker.ts';
import { connectV2, makeBooking, placeOf, type Rig, startRig, statusesIn } from '../support/services/gateways.ts';

/* A stream that takes what is published and does not bring it: the gateway's own probes go elsewhere. */

let rig: Rig;
let channel: Channel;
beforeAll(async () => {
  rig = await startRig();
  channel = await (await connectBroker(rig.broker.amqpUrl)).createChannel();
});
afterAll(() => rig.stop());

async function mute(): Promise<void> {
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, redeliveryExchange('gateway'), STREAM_PROBE);
  await channel.unbindQueue(QUEUES.gatewayNotifications, redeliveryExchange('gateway'), STREAM_PROBE);
}

async function unmute(): Promise<void> {
  await channel.bindQueue(QUEUES.gatewayNotifications, redeliveryExchange('gateway'), STREAM_PROBE);
}

test('who comes back after the stream was read anew is told that messages may be missing, not that none are', async () => {
  const gateway = await rig.startGateway({ STREAM_PROBE_TIMEOUT_MS: '500' });
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const [leaves, stays] = [await connectV2(gateway, token), await connectV2(gateway, token)];
  await leaves.find(({ type }) => type === 'hello');
  await stays.find(({ type }) => type === 'hello');
  await leaves.close();
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('In Transit');
  await eventually(() => expect(statusesIn(stays)).toEqual(['In Transit']));

  await mute();
  expect((await stays.find(({ type }) => type === 'resumed')).payload).toMatchObject({ recovered: false });
  await unmute();
  await stays.find(({ type }) => type === 'restored');
  const back = await connectV2(gateway, token, `&last_id=${placeOf(leaves)}`);
  expect((await back.find(({ type }) => type === 'resumed')).payload).toEqual({ recovered: false, replayed: 0 });

  // From then on all is well: nothing that was told comes again, and who leaves now misses nothing.
  const next = await connectV2(gateway, token);
  await next.find(({ type }) => type === 'hello');
  await next.close();
  await booking.become('Delivered');
  await eventually(() => expect(statusesIn(stays)).toEqual(['In Transit', 'Delivered']));
  const again = await connectV2(gateway, token, `&last_id=${placeOf(next)}`);
  expect((await again.find(({ type }) => type === 'resumed')).payload).toEqual({ recovered: true, replayed: 1 });
});
