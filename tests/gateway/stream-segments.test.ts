import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QUEUES } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectBroker } from '../support/raw/raw-broker.ts';
import { connectV2, makeBooking, placeOf, type Rig, startRig, statusesIn } from '../support/services/gateways.ts';

/** The broker takes an offset for itself whenever it begins a new segment; here that is after a handful of events. */
const SEGMENT_BYTES = 10_000;
const STATUSES = ['In Transit', 'Arrived at Drop-off'] as const;
const EVENTS = 60;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  const connection = await connectBroker(rig.broker.amqpUrl);
  const channel = await connection.createChannel();
  await channel.deleteQueue(QUEUES.gatewayNotifications);
  await channel.assertQueue(QUEUES.gatewayNotifications, {
    durable: true,
    arguments: { 'x-queue-type': 'stream', 'x-stream-max-segment-size-bytes': SEGMENT_BYTES },
  });
  await channel.bindQueue(QUEUES.gatewayNotifications, 'booking.events', '#');
  await channel.bindQueue(QUEUES.gatewayNotifications, 'gateway.redelivery', 'gateway.probe');
});
afterAll(() => rig.stop());

test('a client misses nothing, and is told of no gap, while the stream goes through many segments', async () => {
  const gateway = await rig.startGateway();
  const token = rig.token('user', 'ana');
  const stays = await connectV2(gateway, token);
  const leaves = await connectV2(gateway, token);
  await leaves.find(({ type }) => type === 'hello');
  const place = placeOf(leaves);
  await leaves.close();
  const booking = makeBooking(rig, { userId: 'ana', driverId: 'dro' });
  const told = Array.from({ length: EVENTS }, (_, i) => STATUSES[i % STATUSES.length] ?? 'In Transit');
  for (const status of told) await booking.become(status);
  await eventually(() => expect(statusesIn(stays)).toEqual(told));
  expect(stays.messages.filter(({ type }) => type === 'resumed')).toEqual([]);

  const returned = await connectV2(gateway, token, `&last_id=${place}`);
  const resumed = await returned.find(({ type }) => type === 'resumed');
  expect(resumed.payload).toMatchObject({ recovered: true });
  expect(statusesIn(returned)).toEqual(told);
});
