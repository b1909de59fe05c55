import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  CLOSE_CODES,
  deadQueue,
  ERROR_CODES,
  EVENTS,
  EXCHANGES,
  PROTOCOL_V2,
  QUEUES,
  ROLES,
  redeliveryExchange,
  V2_TYPES,
} from '@logi/contracts';
import { ALLOWANCE_CLASSES } from '@logi/service';
import { WebSocket } from 'ws';
import { VERDICTS } from '../../services/tracking/src/judging/belief.ts';
import { REASONS, SOURCES } from '../../services/tracking/src/positions/refusals.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call, callText } from '../support/http.ts';
import { acceptOffered, advance, book, gatewayReads, goOnDuty, place, watch } from '../support/people/people.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { rawRequest, sendRaw } from '../support/raw/raw-http.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade } from '../support/socket.ts';

/*
 * Each value of a label is a series that is kept for ever, so each must come from a list. What comes from outside, an id, a
 * URL, a code of a client's own, must not.
 */

let system: System;
let broker: RawBroker;
let origins: Record<'booking' | 'tracking' | 'gateway', string>;
beforeAll(async () => {
  system = await startSystem();
  broker = await RawBroker.connect(system.servers);
  await gatewayReads(system);
  const gateway = system.gatewayUrl.replace('ws', 'http');
  origins = { booking: system.bookingUrl, tracking: system.trackingUrl, gateway };
});
afterAll(() => system.stop());

const TO_THE_END = [
  'En Route to Pickup',
  'Arrived at Pickup',
  'In Transit',
  'Arrived at Drop-off',
  'Delivered',
] as const;

/** What people do, and those who wish ill, with ids, paths and codes of their own each time. Returns the former. */
async function everythingHappens(round: number): Promise<string[]> {
  const [user, driver, evil] = [`user-${randomUUID()}`, `driver-${randomUUID()}`, `evil-${randomUUID()}`];
  const at = place(round);
  const socket = await watch(system, { role: 'user', id: user });
  await goOnDuty(system, driver, { at });
  const { booking_id } = await book(system, user, { at });
  await acceptOffered(system, driver, booking_id);
  await advance(system, driver, booking_id, TO_THE_END);
  await isFollowed(booking_id);
  await Promise.all(Object.values(origins).map((origin) => knock(origin, { booking_id, driver, evil })));
  const points = [{ [evil]: evil }, { latitude: evil, longitude: 1 }];
  const sent = { token: system.token('driver', evil), body: { points, [evil]: evil } };
  for (const path of ['locations', 'osmand', 'overland', 'owntracks']) {
    await call('POST', `${system.trackingUrl}/v1/${path}`, sent);
  }
  await refusedUpgrade(`${system.gatewayUrl}/ws?token=${evil}`);
  await refusedUpgrade(`${system.gatewayUrl}/${evil}`);
  await refusedUpgrade(`${system.gatewayUrl}/ws?types=${evil}&token=${system.token('user', user)}`);
  await closeWith(3_000 + round, user);
  await closeWith(4_900 + round, user);
  const letter = { body: evil, messageId: evil, headers: { 'x-first-routing-key': evil } };
  for (const [service, queue] of WORK_QUEUES) {
    await broker.publish({ ...letter, exchange: redeliveryExchange(service), routingKey: queue });
  }
  await broker.publish({ ...letter, exchange: EXCHANGES.bookingEvents, routingKey: 'booking.created' });
  await socket.find((message) => message.type === 'status_update' && message.payload.status === 'Delivered');
  await socket.close();
  return [user, driver, evil, booking_id];
}

/** Tracking hears of a trip when it does: it is asked of one that is not there in each round, and until this one is. */
async function isFollowed(bookingId: string): Promise<void> {
  const trailOf = async (id: string) => {
    const url = `${system.trackingUrl}/v1/bookings/${id}/trail`;
    return (await call('GET', url, { token: system.token('admin', 'ops') })).status;
  };
  expect(await trailOf(randomUUID())).toBe(404);
  await eventually(async () => expect(await trailOf(bookingId)).toBe(200));
}

const WORK_QUEUES = [
  ['booking', QUEUES.bookingTrackingEvents],
  ['tracking', QUEUES.trackingBookingEvents],
] as const;

/** At the door of a service: what there is, what there is not, and what is no request at all. */
async function knock(origin: string, ids: Record<'booking_id' | 'driver' | 'evil', string>): Promise<void> {
  const { booking_id, driver, evil } = ids;
  const token = system.token('admin', 'ops');
  const booking = `/v1/bookings/${booking_id}`;
  const known = [booking, `${booking}/events`, `${booking}/dispatch`, `${booking}/trail`, `/v1/drivers/${driver}`];
  for (const path of [...known, `${booking}/${evil}`, `/${evil}`, `/v1/${evil}?x=${evil}`, '/openapi.json']) {
    await call('GET', `${origin}${path}`, { token });
  }
  await call('PATCH', `${origin}${booking}`, { token });
  for (const line of [`PROPFIND /${evil}`, `PURGE ${booking}`, `HEAD ${booking}`, `${evil} /`, `GET /%zz${evil}`]) {
    await sendRaw(origin, rawRequest(line));
  }
}

async function closeWith(code: number, user: string): Promise<void> {
  const ws = new WebSocket(`${system.gatewayUrl}/ws?token=${system.token('user', user)}`, [PROTOCOL_V2]);
  closeLater(() => ws.terminate());
  ws.on('open', () => ws.close(code, 'as I like'));
  await eventually(() => expect(ws.readyState).toBe(ws.CLOSED));
}

/** Our own metrics, each with its labels and without its value; those of Node are Node's. */
async function seriesOf(origin: string): Promise<string[]> {
  const { text } = await callText(`${origin}/metrics`);
  return [...text.matchAll(/^(logi_.*) \S+$/gm)].map(([, name = '']) => name);
}

/** What was published of evil's is put aside once it has been counted. */
async function letters(): Promise<number> {
  const queues = [QUEUES.gatewayNotifications, ...WORK_QUEUES.map(([, queue]) => queue)];
  const depths = await Promise.all(queues.map((queue) => broker.depth(deadQueue(queue))));
  return depths.reduce((sum, depth) => sum + depth, 0);
}

const ids: string[] = [];
const before = new Map<string, string[]>();
const after = new Map<string, string[]>();
beforeAll(async () => {
  await Promise.all(Object.values(origins).map(seriesOf)); // which is a request, too
  for (const [round, seen] of [before, after].entries()) {
    ids.push(...(await everythingHappens(round)));
    await eventually(async () => expect(await letters()).toBe(3 * (round + 1)));
    for (const origin of Object.values(origins)) seen.set(origin, await seriesOf(origin));
  }
}, 120_000);

const SERVICES = ['booking', 'tracking', 'gateway'] as const;
test.each(SERVICES)('%s has no more series when others do the same, with other ids, paths and codes', (service) => {
  const had = before.get(origins[service]) ?? [];
  expect(had.length).toBeGreaterThan(20);
  expect(after.get(origins[service])?.filter((name) => !had.includes(name))).toEqual([]);
});

test.each(SERVICES)('nothing that came from outside is in the metrics of %s', (service) => {
  const names = (after.get(origins[service]) ?? []).join('\n');
  expect(ids.filter((id) => names.includes(id))).toEqual([]);
  expect(names).not.toMatch(/evil|%zz|300\d|490\d/);
});

/** The labels that we set ourselves, and all that each may say. Those of Node's own metrics are Node's. */
async function allowed(origin: string): Promise<Record<string, readonly (string | number)[]>> {
  const { paths } = (await call('GET', `${origin}/openapi.json`)).body;
  const documented = Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  const hidden = ['/metrics', '/healthz', '/readyz', '/openapi.json', '/ws', '/v1/stream', 'none'];
  return {
    route: [...documented, ...hidden],
    method: METHODS,
    status: [200, 201, 204, 304, ...new Set(Object.values(ERROR_CODES).map(({ status }) => status))],
    type: [...Object.keys(EVENTS), ...V2_TYPES, 'unknown'],
    outcome: ['ack', 'retry', 'deadLetter', 'leave'],
    role: ROLES,
    protocol: ['default', PROTOCOL_V2],
    reason: [...Object.keys(ERROR_CODES), ...REASONS],
    source: SOURCES,
    verdict: VERDICTS,
    door: ['http', 'upgrade'],
    aggregate: Object.values(EVENTS).map(({ aggregate }) => aggregate),
    why: ['coalesced', 'ended'],
    class: ALLOWANCE_CLASSES,
    recovered: ['true', 'false'],
    code: [
      ...Object.keys(ERROR_CODES),
      1000,
      1001,
      1005,
      1006,
      1009,
      ...Object.values(CLOSE_CODES).map(({ code }) => code),
      'other',
    ],
  };
}

test.each(SERVICES)('every label of %s is one of ours, and each of its values is from its list', async (service) => {
  const labels = await allowed(origins[service]);
  const odd = (after.get(origins[service]) ?? []).flatMap((name) =>
    [...name.matchAll(/(\w+)="([^"]*)"/g)]
      .filter(([, label = '', value = '']) => label !== 'le' && !labels[label]?.map(String).includes(value))
      .map(([pair]) => `${name.split('{')[0]} ${pair}`),
  );
  expect(odd).toEqual([]);
});
