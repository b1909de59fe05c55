import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Role } from '@logi/contracts';
import type { ListeningService } from '@logi/service';
import { forge, hmac, secondsFromNow } from '../../tools/testing/forged-tokens.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { actors } from '../support/people/actors.ts';
import { book, bookingBody, goOnDuty, place, showBooking } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let second: { booking: string; tracking: string; gateway: string };
beforeAll(async () => {
  system = await startSystem();
  const [booking, tracking, gateway] = await Promise.all([
    system.start.booking(),
    system.start.tracking(),
    system.start.gateway(),
  ]);
  second = { booking: at(booking), tracking: at(tracking), gateway: at(gateway) };
});

let next = 0;
let sub = '';
beforeEach(() => {
  next += 1;
  sub = `somebody ${next}`;
});

function at(service: ListeningService): string {
  return `http://127.0.0.1:${service.port()}`;
}

type Terms = { reason?: string; until?: string; tokens_issued_before?: string };

function blocksUrl(role: Role, id: string, base = system.bookingUrl): string {
  return `${base}/v1/blocks?${new URLSearchParams({ role, sub: id })}`;
}

const asAdmin = () => ({ token: system.token('admin', 'ops') });

async function block(role: Role, id: string, terms: Terms = {}) {
  const answer = await call('PUT', blocksUrl(role, id), { ...asAdmin(), body: terms });
  expect(answer).toMatchObject({ status: 200, body: { role, sub: id } });
  return answer.body;
}

async function lift(role: Role, id: string): Promise<void> {
  expect(await call('DELETE', blocksUrl(role, id), asAdmin())).toMatchObject({ status: 204 });
}

const gateways = () => [system.gatewayUrl, second.gateway].map((url) => url.replace(/^http/, 'ws'));
const trackings = () => [system.trackingUrl, second.tracking];

/** What a call without any effect is answered on each service that has one. */
async function refusalsElsewhere(role: Role, token: string): Promise<unknown[]> {
  const path = role === 'driver' ? '/v1/drivers/me' : '/v1/drivers/nearby?latitude=1&longitude=1&vehicle_type=van';
  const answers = await Promise.all(trackings().map((url) => call('GET', `${url}${path}`, { token })));
  return answers.map(({ status, body }) => [status, body.error?.code]);
}

async function upgradeRefusal(url: string, token: string): Promise<string> {
  return TestSocket.connect(`${url}/ws?token=${token}`).then(
    () => 'let in',
    (err: Error) => err.message,
  );
}

test('who is blocked is refused with 403 by booking at once, and soon on each instance of every service', async () => {
  const token = system.token('user', sub);
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(200);
  const shown = await block('user', sub, { reason: 'fraud' });
  expect(shown).toMatchObject({ reason: 'fraud', until: null, tokens_issued_before: null, blocked_by: 'ops' });

  const order = bookingBody({ at: place(1) });
  const refused = { status: 403, body: { error: { code: 'blocked' } } };
  expect(await call('POST', `${system.bookingUrl}/v1/bookings`, { token, body: order })).toMatchObject(refused);
  expect(await call('POST', `${second.booking}/v1/bookings`, { token, body: order })).toMatchObject(refused);
  await eventually(async () => {
    expect(await call('GET', `${second.booking}/v1/bookings`, { token })).toMatchObject(refused);
    expect(await refusalsElsewhere('user', token)).toEqual([403, 403].map((status) => [status, 'blocked']));
    for (const url of gateways()) expect(await upgradeRefusal(url, token)).toMatch(/403/);
  });
  expect(await refusalsElsewhere('user', system.token('user', `${sub} and another`))).toEqual([
    [200, undefined],
    [200, undefined],
  ]);
});

test('sockets of the blocked on every gateway and their streams on every tracking end with 4410', async () => {
  const token = system.token('driver', sub);
  const urls = [
    ...gateways().map((url) => `${url}/ws`),
    ...trackings().map((url) => `${url.replace('http', 'ws')}/v1/stream`),
  ];
  const sockets = await Promise.all(urls.map((url) => TestSocket.connect(`${url}?token=${token}`)));
  const bystander = await TestSocket.connect(`${gateways()[0]}/ws?token=${system.token('user', sub)}`);
  await block('driver', sub);
  for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 4410 });
  await bystander.caughtUp();
  expect(bystander.closedWith).toBeUndefined();
});

test('with tokens_issued_before only tokens that are older, or do not say, are refused, with 401, and their sockets end', async () => {
  const signedAt = (secondsAgo: number | undefined) =>
    forge({
      header: { alg: 'HS256', typ: 'JWT' },
      payload: { role: 'user', sub, exp: secondsFromNow(600), ...(secondsAgo && { iat: secondsFromNow(-secondsAgo) }) },
      signature: hmac(system.secret),
    });
  const [ageless, old, fresh] = [signedAt(undefined), signedAt(100), signedAt(1)];
  const open = (token: string) => TestSocket.connect(`${gateways()[1]}/ws?token=${token}`);
  const [agelessSocket, oldSocket, freshSocket] = [await open(ageless), await open(old), await open(fresh)];
  await block('user', sub, { tokens_issued_before: new Date(Date.now() - 50_000).toISOString() });
  const look = (token: string) => call('GET', `${system.bookingUrl}/v1/bookings`, { token });
  for (const token of [old, ageless])
    expect(await look(token)).toMatchObject({ status: 401, body: { error: { code: 'token_revoked' } } });
  expect((await look(fresh)).status).toBe(200);
  for (const socket of [oldSocket, agelessSocket]) expect(await socket.closed).toMatchObject({ code: 4410 });
  await freshSocket.caughtUp();
  expect(freshSocket.closedWith).toBeUndefined();
});

test('a block that is lifted, and one that has ended by itself, hold no more', async () => {
  const token = system.token('user', sub);
  const isLetIn = async () => {
    expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(200);
    expect(await refusalsElsewhere('user', token)).toEqual([200, 200].map((status) => [status, undefined]));
    for (const url of gateways()) expect(await upgradeRefusal(url, token)).toBe('let in');
  };
  await block('user', sub);
  await eventually(async () => expect(await upgradeRefusal(gateways()[0] ?? '', token)).toMatch(/403/));
  await lift('user', sub);
  await eventually(isLetIn);
  await lift('user', sub);

  await block('user', sub, { until: new Date(Date.now() + 1_500).toISOString() });
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(403);
  await eventually(isLetIn);
});

const ANY_ID = 'any id can be blocked, and no other with it: %s';
test.each(['a.#.b', 'Ünïcode/?&='])(ANY_ID, blockOnly);
long.each(['#', '*', '%', '\u{1F69A}'.repeat(128), ' spaces ', "'; drop table block --"])(ANY_ID, blockOnly);

async function blockOnly(id: string): Promise<void> {
  const [token, others] = [system.token('user', id), system.token('user', `${id.slice(0, 8)}x`)];
  await block('user', id);
  await eventually(async () => {
    for (const url of gateways()) expect(await upgradeRefusal(url, token)).toMatch(/403/);
    expect(await refusalsElsewhere('user', token)).toEqual([403, 403].map((status) => [status, 'blocked']));
  });
  expect(await refusalsElsewhere('user', others)).toEqual([200, 200].map((status) => [status, undefined]));
  expect((await call('GET', `${system.bookingUrl}/v1/blocks`, asAdmin())).body.items[0]).toMatchObject({ sub: id });
}

test('a blocked driver goes off the map, loses the offer at hand, and gets no other', async () => {
  const act = actors(system);
  const [first, second] = [`${sub} near`, `${sub} far`];
  await goOnDuty(system, first, { at: place(2) });
  const booking = await book(system, 'ana', { at: place(2) });
  expect(await act.askedDriver(booking.booking_id)).toBe(first);
  await goOnDuty(system, second, { at: { ...place(2), latitude: place(2).latitude + 0.005 } });
  await block('driver', first);
  const { rounds } = await act.dispatch(booking.booking_id);
  expect(rounds[0].candidates).toMatchObject([{ driver_id: first, answer: 'withdrawn' }]);
  await eventually(async () => {
    expect(await act.askedDriver(booking.booking_id)).toBe(second);
    const shown = await call('GET', `${system.trackingUrl}/v1/drivers/${encodeURIComponent(first)}`, asAdmin());
    expect(shown.body).toMatchObject({ status: 'Offline' });
  });
  const assigned = await call('POST', `${system.bookingUrl}/v1/bookings/${booking.booking_id}/assign`, {
    ...asAdmin(),
    body: { driver_id: first },
  });
  expect(assigned).toMatchObject({ status: 409, body: { error: { code: 'driver_not_available' } } });
});

test('what waits in the name of a blocked user is cancelled, what somebody drives goes on', async () => {
  const act = actors(system);
  await goOnDuty(system, sub, { at: place(3) });
  const driven = await book(system, sub, { at: place(3) });
  expect(await act.askedDriver(driven.booking_id)).toBe(sub);
  expect((await act.accept(sub, driven.booking_id)).status).toBe(200);
  const searching = await book(system, sub, { at: place(4) });
  const scheduled = await book(system, sub, { at: place(5), scheduledAt: new Date(Date.now() + 7_200_000) });
  await block('user', sub);
  const statuses = [];
  for (const { booking_id } of [driven, searching, scheduled])
    statuses.push((await showBooking(system, booking_id)).status);
  expect(statuses).toEqual(['Accepted', 'Cancelled', 'Cancelled']);
  expect((await act.history(searching.booking_id)).at(-1)).toMatchObject({
    reason: 'blocked',
    actor: { role: 'system' },
  });
});

test('nothing that was under way when the block was answered is done after it', async () => {
  const token = system.token('user', sub);
  const orders = Array.from({ length: 30 }, (_, index) =>
    call('POST', `${index % 2 ? system.bookingUrl : second.booking}/v1/bookings`, {
      token,
      body: bookingBody({ at: place(6) }),
    }),
  );
  await block('user', sub);
  const made = async () =>
    (await call('GET', `${system.bookingUrl}/v1/bookings?limit=100&user_id=${encodeURIComponent(sub)}`, asAdmin())).body
      .items;
  const before = await made();
  const answers = await Promise.all(orders);
  for (const { status } of answers) expect([201, 403]).toContain(status);
  expect((await made()).length).toBe(before.length);
  expect(before.length).toBe(answers.filter(({ status }) => status === 201).length);
});

test.each<[string, string, Terms | object, number, string]>([
  ['an until that is over', 'ben', { until: '2020-01-01T00:00:00Z' }, 400, 'invalid_request'],
  ['an unknown field', 'ben', { untill: '2030-01-01T00:00:00Z' }, 400, 'invalid_request'],
  ['an empty id', '', {}, 400, 'invalid_request'],
  ['an id of 129 characters', 'x'.repeat(129), {}, 400, 'invalid_request'],
])('%s is refused', async (_name, id, terms, status, code) => {
  const answer = await call('PUT', blocksUrl('user', id), { ...asAdmin(), body: terms });
  expect(answer).toMatchObject({ status, body: { error: { code } } });
});

test('an admin cannot block themselves whole, can revoke their own tokens, and can be blocked by another', async () => {
  const token = system.token('admin', sub);
  const put = (body: Terms) => call('PUT', blocksUrl('admin', sub), { token, body });
  expect(await put({})).toMatchObject({ status: 409, body: { error: { code: 'own_block' } } });
  const past = new Date(Date.now() - 60_000).toISOString();
  expect((await put({ tokens_issued_before: past })).status).toBe(200);
  await block('admin', sub);
  expect(await put({ tokens_issued_before: past })).toMatchObject({
    status: 403,
    body: { error: { code: 'blocked' } },
  });
});

test('only admins see and make blocks, and see them page by page', async () => {
  for (const role of ['user', 'driver'] as const) {
    const token = system.token(role, sub);
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await call(method, blocksUrl('user', 'ben'), { token })).status).toBe(403);
  }
  const ids = ['a', 'b', 'c'].map((letter) => `${sub} ${letter}`);
  for (const id of ids) await block('user', id);
  const listed: string[] = [];
  let cursor = '';
  do {
    const url = `${system.bookingUrl}/v1/blocks?limit=2${cursor && `&cursor=${cursor}`}`;
    const { body } = await call('GET', url, asAdmin());
    listed.push(...body.items.map((item: { sub: string }) => item.sub));
    cursor = body.next_cursor ?? '';
  } while (cursor !== '');
  expect(listed.slice(0, 3)).toEqual(ids.toReversed());
  expect(new Set(listed).size).toBe(listed.length);
});

test('with as many blocks as there can be, no more are made, and those that there are hold everywhere', async () => {
  const { sql, close } = await openSql(system.servers.databaseUrl);
  closeLater(close);
  await sql(`
    insert into booking.block (role, sub, block_id, version, change, blocked_by, blocked_at, is_settled)
    select 'user', 'one of many ' || n, gen_random_uuid(), 1, nextval('booking.block_change'), 'ops', now(), true
    from generate_series(1, 20000 - (select count(*) from booking.block where lifted_at is null
      and (until is null or until > now()))) n`);
  const put = (id: string) => call('PUT', blocksUrl('user', id), { ...asAdmin(), body: {} });
  expect(await put(sub)).toMatchObject({ status: 409, body: { error: { code: 'too_many_blocks' } } });
  expect((await put('one of many 77')).status).toBe(200);
  await eventually(async () => {
    for (const url of gateways())
      expect(await upgradeRefusal(url, system.token('user', 'one of many 19000'))).toMatch(/403/);
  });
});
