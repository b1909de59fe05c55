import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deadQueue, type EVENTS, EXCHANGES, QUEUES, SERVICES, type ServiceName } from '@logi/contracts';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { openBroker } from '../support/broker.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, book, gatewayReads, goOnDuty, isOf, place, watch } from '../support/people/people.ts';
import { connectBroker } from '../support/raw/raw-broker.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* Somebody has taken over a service, and speaks to the broker with its account. */

let system: System;
beforeAll(async () => {
  system = await startSystem();
  await gatewayReads(system);
});
afterAll(() => system.stop());

/** What each may publish to, of all there is. */
const OWN: Record<ServiceName, readonly string[]> = {
  booking: [EXCHANGES.bookingEvents, EXCHANGES.auditEvents, 'booking.state', 'booking.redelivery'],
  tracking: [
    ...[EXCHANGES.trackingEvents, EXCHANGES.trackingPositions, EXCHANGES.trackingFleet, EXCHANGES.auditEvents],
    ...['tracking.state', 'tracking.redelivery'],
  ],
  gateway: [EXCHANGES.gatewayCommands, EXCHANGES.auditEvents, 'gateway.redelivery'],
  // What has died is sent back to the queue in which it died.
  operations: [EXCHANGES.auditEvents, 'booking.redelivery', 'tracking.redelivery', 'operations.redelivery'],
};
const ALL = [...Object.values(EXCHANGES), ...SERVICES.map((service) => `${service}.redelivery`), '', 'amq.topic'];
const KEYS = ['booking.accepted', 'driver.status_changed', '#', QUEUES.bookingTrackingEvents];

describe.each(SERVICES)('the account of %s', (service) => {
  test.each(ALL)('publishes to "%s" only if that is its own', async (exchange) => {
    const connection = await connectBroker(system.servers.urls[service].amqpUrl);
    for (const key of KEYS) {
      const channel = await connection.createConfirmChannel();
      const refused = new Promise<string>((resolve) => channel.on('error', (err: Error) => resolve(err.message)));
      const sent = new Promise<string>((resolve) => {
        channel.publish(exchange, key, Buffer.from('{}'), {}, (err) => resolve(err ? 'closed' : 'taken'));
      });
      const outcome = await within(Promise.race([refused, sent.then((how) => (how === 'taken' ? how : refused))]), key);
      expect(outcome).toMatch(OWN[service].includes(exchange) ? /^taken$/ : /ACCESS_REFUSED/);
    }
    await connection.close();
  });
});

/** Publishes with an account's own rights. */
async function publishAs(service: ServiceName, exchange: string, type: string, body: object): Promise<void> {
  const connection = await connectBroker(system.servers.urls[service].amqpUrl);
  const channel = await connection.createConfirmChannel();
  channel.publish(exchange, type, Buffer.from(JSON.stringify(body)), {
    persistent: true,
    type,
    messageId: randomUUID(),
  });
  await channel.waitForConfirms();
  await connection.close();
}

function eventOf(type: keyof typeof EVENTS, aggregateId: string, version: number, data: object) {
  const [event_id, occurred_at] = [randomUUID(), new Date().toISOString()];
  return { event_id, type, aggregate_id: aggregateId, version, occurred_at, data };
}

const tellStatus = (driverId: string, version: number, status = 'Offline') =>
  publishAs(
    'tracking',
    EXCHANGES.trackingEvents,
    'driver.status_changed',
    eventOf('driver.status_changed', driverId, version, { driver_id: driverId, status }),
  );

const deadReasons = async () =>
  (await openBroker(system.servers).deadLetters(QUEUES.bookingTrackingEvents.concat('.dead'))).map(
    ({ reason }) => reason,
  );

describe('what tracking’s account says', () => {
  test.each([
    ['known', 901],
    ['new', 902],
  ])(
    'cannot shut a driver out for good who is %s: a version far ahead is put aside and alarmed',
    async (name, where) => {
      const driverId = `dro ${name}`;
      const at = place(where);
      const bookingUrl = `http://127.0.0.1:${system.booking.port()}`;
      const jumps = () => readMetric(bookingUrl, 'logi_version_jumps_total');
      const before = await jumps();
      if (name === 'known') await goOnDuty(system, driverId, { at });
      await tellStatus(driverId, 2_147_483_647);
      await eventually(async () => {
        expect(await deadReasons()).toContainEqual(expect.stringMatching(/^version 2147483647 is too far ahead of /));
        expect(await jumps()).toBe(before + 1);
      });
      await goOnDuty(system, driverId, { at });
      const { booking_id } = await book(system, `user of ${driverId}`, { at });
      expect(await acceptOffered(system, driverId, booking_id)).toMatchObject({ driver_id: driverId });
    },
  );

  test.each([
    ['nobody has heard of', 5, undefined],
    ['is off duty', 5, 'Offline'],
    ['is out of reach', 5, 'Unreachable'],
    ['is nearer than near', -5, 'Available'],
  ])('gets no offer to a nominee who %s', async (_name, distance, status) => {
    const ghost = `ghost ${randomUUID()}`;
    const { booking_id } = await book(system, `user of ${ghost}`, { at: place(950) });
    if (status) await tellStatus(ghost, 1, status);
    const database = await openSql(system.servers.databaseUrl);
    if (status) {
      await eventually(async () => {
        const rows = await database.sql('select status from booking.driver where driver_id = $1', [ghost]);
        expect(rows).toEqual([{ status }]);
      });
    }
    const candidates = [{ driver_id: ghost, distance_meters: distance }];
    const data = { booking_id, round: 1, available_nearby: 1, candidates };
    const forged = eventOf('drivers.nominated', booking_id, 900, data);
    await publishAs('tracking', EXCHANGES.trackingEvents, 'drivers.nominated', forged);
    await eventually(async () => {
      const rows = await database.sql('select from booking.inbox where event_id = $1', [forged.event_id]);
      const isDead = (await deadReasons()).some((reason) => String(reason).includes('distance_meters'));
      expect(rows.length === 1 || (distance < 0 && isDead)).toBe(true);
    });
    expect(await database.sql('select from booking.offer where driver_id = $1', [ghost])).toEqual([]);
    expect((await act(system, { role: 'driver', id: ghost }, booking_id, 'accept')).status).toBe(404);
    await database.close();
  });

  test('cannot send the positions of a booking to somebody else than its user', async () => {
    const at = place(960);
    await goOnDuty(system, 'carrier', { at });
    const owner = await watch(system, { role: 'user', id: 'owner' });
    const eve = await watch(system, { role: 'user', id: 'eve' });
    const { booking_id } = await book(system, 'owner', { at });
    await acceptOffered(system, 'carrier', booking_id);
    await owner.find(isOf(booking_id, 'booking_accepted'));
    const position = { booking_id, driver_id: 'carrier', ...at, recorded_at: new Date().toISOString() };
    for (const user_id of ['eve', 'owner']) {
      await publishAs('tracking', EXCHANGES.trackingPositions, 'positions.recorded', {
        positions: [{ ...position, user_id }],
      });
    }
    await owner.find(isOf(booking_id, 'driver_location'));
    await eve.caughtUp();
    expect(eve.messages).toEqual([]);
  });
});

test('what booking’s account says cannot shut a booking out of the screens for good', async () => {
  const user = await watch(system, { role: 'user', id: 'patient' });
  const { booking_id } = await book(system, 'patient', { at: place(970) });
  await user.find(isOf(booking_id, 'new_booking_request'));
  const database = await openSql(system.servers.databaseUrl);
  const [row] = await database.sql('select body from booking.outbox where aggregate_id = $1', [booking_id]);
  await database.close();
  const body = typeof row?.['body'] === 'string' ? JSON.parse(row['body']) : row?.['body'];
  const forged = { ...body, event_id: randomUUID(), version: 2_147_483_647 };
  await publishAs('booking', EXCHANGES.bookingEvents, forged.type, forged);
  await eventually(async () => {
    const dead = await openBroker(system.servers).deadLetters(deadQueue(QUEUES.gatewayNotifications));
    expect(dead.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/^version 2147483647 is too far ahead/),
    );
  });
  expect((await act(system, { role: 'user', id: 'patient' }, booking_id, 'cancel')).status).toBe(200);
  await user.find(
    (message) =>
      isOf(booking_id, 'status_update')(message) &&
      'status' in message.payload &&
      message.payload.status === 'Cancelled',
  );
});

test('an admin still sees who is where: honest events of the same kinds are believed', async () => {
  await goOnDuty(system, 'honest', { at: place(980) });
  await eventually(async () => {
    const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/honest`, {
      token: system.token('admin', 'ops'),
    });
    expect(body.status).toBe('Available');
  });
});
