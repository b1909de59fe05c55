import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AuditAct, EXCHANGES, type LatLon, type Role } from '@logi/contracts';
import { declareTopology } from '@logi/messaging';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { acceptOffered, advance, bookingBody, gatewayReads, goOnDuty, watch } from '../support/people/people.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* What the operator's people did, as GET /v1/audit tells it. */

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({ SEARCH_RETRY_MS: '200' });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  await gatewayReads(system);
});
afterAll(() => system.stop());

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

const read = async (query: Record<string, string>) =>
  call('GET', `${system.bookingUrl}/v1/audit?${new URLSearchParams(query)}`, {
    token: system.token('admin', 'auditor'),
  });
const actsOn = async (subject_id: string): Promise<string[]> =>
  (await read({ subject_id })).body.items.map(({ act }: { act: string }) => act).reverse();
const expectActsOn = (subject_id: string, acts: AuditAct[]) =>
  eventually(async () => expect(await actsOn(subject_id)).toEqual(acts));
const onBooking = (method: string, path: string, body?: object, { role, id }: { role: Role; id: string } = OPS) =>
  call(method, `${system.bookingUrl}/v1/${path}`, { token: system.token(role, id), body });
const onTracking = (path: string, sub = 'ops', role: Role = 'admin') =>
  call('GET', `${system.trackingUrl}/v1/${path}`, { token: system.token(role, sub) });
const OPS = { role: 'admin', id: 'ops' } as const;

/** Two drivers on duty, and a booking that one of them has been given. */
async function assigned() {
  const [one, two] = [named('dro'), named('dan')];
  for (const driver of [one, two]) await goOnDuty(system, driver, { at });
  const { booking_id: bookingId } = await act.book(named('ana'), { pickup: at });
  await eventually(async () => expect((await act.assign(bookingId, one)).status).toBe(200));
  return { one, two, bookingId };
}

test('whatever admins do with a booking is on record: who, what, from where and when', async () => {
  const { one, two, bookingId } = await assigned();
  await eventually(async () => expect((await act.assign(bookingId, two)).status).toBe(200));
  expect((await act.assign(bookingId, null)).status).toBe(200);
  await eventually(async () => expect((await act.assign(bookingId, one)).status).toBe(200));
  for (const status of ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected'])
    await onBooking('POST', `bookings/${bookingId}/status`, { status });
  await eventually(async () => expect((await act.assign(bookingId, two)).status).toBe(200));
  await act.cancel('admin', 'ops', bookingId, 'fraud');
  await expectActsOn(bookingId, [
    ...(['booking.assigned', 'booking.assigned', 'booking.unassigned', 'booking.assigned'] as const),
    ...([
      'booking.advanced',
      'booking.advanced',
      'booking.advanced',
      'booking.handed_over',
      'booking.cancelled',
    ] as const),
  ]);
  const { items } = (await read({ subject_id: bookingId, limit: '2' })).body;
  expect(items).toEqual([
    {
      audit_id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      actor: OPS,
      act: 'booking.cancelled',
      subject: { kind: 'booking', id: bookingId },
      address: expect.stringMatching(/127\.0\.0\.1$/),
      details: { from: 'Goods Collected', to: 'Returning', reason: 'fraud', user_id: named('ana'), driver_id: two },
    },
    expect.objectContaining({
      act: 'booking.handed_over',
      details: { user_id: named('ana'), driver_id: two, previous_driver_id: one },
    }),
  ]);
});

test('a booking on behalf of somebody, an exclusion and its end are on record', async () => {
  const body = { ...bookingBody({ at }), on_behalf_of: named('ana') };
  const { booking_id } = (await onBooking('POST', 'bookings', body)).body;
  const excluded = `bookings/${booking_id}/excluded-drivers/${encodeURIComponent(named('dro'))}`;
  for (const method of ['PUT', 'PUT', 'DELETE', 'DELETE']) expect((await onBooking(method, excluded)).status).toBe(204);
  await expectActsOn(booking_id, ['booking.created']);
  await expectActsOn(named('dro'), ['driver.excluded', 'driver.readmitted']);
});

test('who was put out, and let in again, is on record', async () => {
  const path = `blocks?role=user&sub=${encodeURIComponent(named('eve'))}`;
  expect((await onBooking('PUT', path, { reason: 'fraud' })).status).toBe(200);
  for (const _ of ['lifted', 'not blocked any more']) expect((await onBooking('DELETE', path)).status).toBe(204);
  await expectActsOn(named('eve'), ['principal.blocked', 'principal.unblocked']);
});

test('a change of prices is on record, with what was before', async () => {
  const put = async (per_minute: number) =>
    (await onBooking('PUT', 'admin/vehicle-types/bike', { per_minute })).body.per_minute;
  const before = await put(0.1);
  expect(await put(0.15)).toBe(0.15);
  await put(before);
  await eventually(async () => {
    const { items } = (await read({ subject_kind: 'vehicle_type', subject_id: 'bike' })).body;
    expect(items).toHaveLength(3);
    expect(items[1]).toMatchObject({
      act: 'vehicle_type.changed',
      details: { before: { per_minute: 0.1 }, after: { per_minute: 0.15, currency: 'EUR' } },
    });
  });
});

test('what is so already, what is refused, and what users and drivers do themselves is not', async () => {
  const { one, bookingId } = await assigned();
  expect((await act.assign(bookingId, one)).status).toBe(200);
  expect((await act.assign(bookingId, named('nobody'))).status).toBe(404);
  await advance(system, one, bookingId, ['En Route to Pickup']);
  await act.cancel('user', named('ana'), bookingId);
  await act.cancel('admin', 'ops', bookingId);
  const next = await act.book(named('ana'), { pickup: at });
  await acceptOffered(system, await act.askedDriver(next.booking_id), next.booking_id);
  await act.cancel('admin', 'ops', next.booking_id);
  await expectActsOn(next.booking_id, ['booking.cancelled']); // what came before it is there, too
  expect(await actsOn(bookingId)).toEqual(['booking.assigned']);
});

test('sessions are ended after that is on record, and not if it cannot be', async () => {
  const ana = { role: 'user', id: named('ana') } as const;
  const socket = await watch(system, ana);
  const kick = () =>
    call(
      'DELETE',
      `${system.gatewayUrl.replace('ws', 'http')}/v1/sessions?role=user&sub=${encodeURIComponent(ana.id)}`,
      {
        token: system.token('admin', 'ops'),
      },
    );
  const broker = await RawBroker.connect(system.servers);
  await broker.channel.deleteExchange(EXCHANGES.auditEvents);
  expectRefusal(await kick(), 'unavailable');
  await declareTopology(system.servers.amqpUrl);
  expect(socket.closedWith).toBeUndefined();
  await eventually(async () => expect(await kick()).toMatchObject({ status: 200, body: { count: 1 } }));
  expect((await socket.closed).code).toBe(4410);
  await expectActsOn(ana.id, ['sessions.ended']);
});

test('where an admin looks is on record, once for each admin, subject and hour', async () => {
  const { one, bookingId } = await assigned();
  await act.cancel('user', named('ana'), (await act.book(named('ana'), { pickup: at })).booking_id);
  const paths = [`drivers/${encodeURIComponent(one)}`, `bookings/${bookingId}/location`, `bookings/${bookingId}/trail`];
  const lists = ['drivers', `drivers/nearby?latitude=${at.latitude}&longitude=${at.longitude}&vehicle_type=van`];
  const people = [named('olga'), named('otto')];
  for (const path of [...paths, ...lists]) {
    await eventually(async () => expect((await onTracking(path, people[0])).status).toBe(200));
    for (const who of [...people, ...people]) expect((await onTracking(path, who)).status).toBe(200);
  }
  for (const [sub, role] of [
    [named('ana'), 'user'],
    [one, 'driver'],
  ] as const)
    expect((await onTracking(`bookings/${bookingId}/trail`, sub, role)).status).toBe(200);
  for (const actor of people) {
    await eventually(async () => {
      const { items } = (await read({ actor })).body;
      const seen = items.map((item: { act: string; subject: { kind: string; id: string } }) => [
        item.act,
        item.subject.id,
      ]);
      expect(seen.reverse()).toEqual([
        ['position.read', one],
        ['position.read', bookingId],
        ['trail.read', bookingId],
        ['map.read', 'drivers'],
        ['map.read', 'nearby'],
      ]);
    });
  }
  await sql(`update tracking.audited_look set hour = hour - interval '1 hour' where admin_id = $1`, [people[0]]);
  await onTracking(`bookings/${bookingId}/trail`, people[0]);
  await eventually(async () =>
    expect((await read({ actor: named('olga'), act: 'trail.read' })).body.items).toHaveLength(2),
  );
});
