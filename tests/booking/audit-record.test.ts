import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type AuditAct, EXCHANGES, QUEUES, type Role } from '@logi/contracts';
import { wireEvent } from '../../tools/testing/events.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* How the record of acts is kept and read; what gets into it is told in tests/system/audit.test.ts. */

const OPS = { role: 'admin', id: 'ops' } as const;

let system: System;
let sql: Rows;
beforeAll(async () => {
  system = await startSystem({ AUDIT_RETENTION_DAYS: '60' });
  ({ sql } = await openSql(system.servers.databaseUrl));
});
afterAll(() => system.stop());

/* Each test has subjects of its own. */
let counter = 0;
beforeEach(() => {
  counter += 1;
});
const named = (name: string) => `${name} ${counter}`;

const read = async (query: Record<string, string>, role: Role = 'admin') =>
  call('GET', `${system.bookingUrl}/v1/audit?${new URLSearchParams(query)}`, { token: system.token(role, 'auditor') });
const actsOn = async (subject_id: string): Promise<string[]> =>
  (await read({ subject_id })).body.items.map(({ act }: { act: string }) => act);

/** An act that some service tells of. */
const told = (subject: string, act: AuditAct = 'booking.cancelled') =>
  wireEvent({
    type: 'audit.recorded',
    aggregateId: randomUUID(),
    version: 1,
    data: { actor: OPS, act, subject: { kind: 'booking', id: subject }, address: null, details: {} },
  });

test('an act that is told twice is on record once', async () => {
  const broker = await RawBroker.connect(system.servers);
  const [twice, last] = [told(named('twice')), told(named('last'))];
  for (const body of [twice, twice, last])
    await broker.publish({ exchange: EXCHANGES.auditEvents, routingKey: body.type, body, messageId: body.event_id });
  await eventually(async () => expect(await actsOn(named('last'))).toEqual(['booking.cancelled']));
  await eventually(async () => expect(await broker.depth(QUEUES.bookingTrackingEvents)).toBe(0));
  expect(await actsOn(named('twice'))).toEqual(['booking.cancelled']);
});

test('the record is read in pages, newest first, by actor, act, subject and time; and by admins only', async () => {
  const subject = named('many');
  for (let n = 1; n <= 5; n += 1)
    await sql(
      `insert into booking.audit (audit_id, actor_role, actor_id, act, subject_kind, subject_id, details, at)
       values (gen_random_uuid(), 'admin', $1, $2, 'booking', $3, '{}', now() - make_interval(mins => $4))`,
      [`op ${n % 2}`, n === 5 ? 'long.gone' : 'booking.assigned', subject, n],
    );
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await read({ subject_id: subject, limit: '2', ...(cursor !== '' && { cursor }) });
    seen.push(...body.items.map(({ at }: { at: string }) => at));
    cursor = body.next_cursor;
  }
  expect(seen).toHaveLength(5);
  expect(seen).toEqual([...seen].sort().reverse());
  const count = async (query: Record<string, string>) =>
    (await read({ subject_id: subject, ...query })).body.items.length;
  expect(await count({ actor: 'op 1' })).toBe(3);
  expect(await count({ act: 'booking.assigned' })).toBe(4);
  expect(await count({ subject_kind: 'driver' })).toBe(0);
  expect(await count({ from: seen[1] ?? '' })).toBe(2);
  expect(await count({ to: seen[1] ?? '' })).toBe(3);
  expectRefusal(await read({ cursor: 'x' }), 'invalid_request');
  expectRefusal(await read({ act: 'long.gone' }), 'invalid_request');
  for (const role of ['user', 'driver'] as const) expectRefusal(await read({}, role), 'forbidden');
});

/** As if it had happened so many days ago. */
const happened = (subject: string, daysAgo: number) =>
  sql(
    `insert into booking.audit (audit_id, actor_role, actor_id, act, subject_kind, subject_id, details, at)
     values (gen_random_uuid(), 'admin', 'ops', 'booking.assigned', 'booking', $1, '{}', now() - make_interval(days => $2))`,
    [subject, daysAgo],
  );

test('what is older than AUDIT_RETENTION_DAYS goes by itself', async () => {
  const [old, young] = [named('old'), named('young')];
  await happened(old, 61);
  await happened(young, 59);
  const tidier = await system.start.booking(); // a service tidies up as it starts
  await eventually(async () => expect(await actsOn(old)).toEqual([]));
  await tidier.stop();
  expect(await actsOn(young)).toEqual(['booking.assigned']);
});

test('nobody changes the record, nor empties it, with the service’s account or the owner’s', async () => {
  const subject = named('ana');
  await happened(subject, 29);
  const asService = await openSql(system.servers.urls.booking.databaseUrl);
  for (const ask of [sql, asService.sql]) {
    for (const statement of [
      `update booking.audit set actor_id = 'x'`,
      'delete from booking.audit',
      'truncate booking.audit',
    ])
      await expect(ask(statement)).rejects.toThrow(/permission denied|a record of what happened/);
    await ask(`select booking.forget_audit(now() + interval '1 year', 1000)`);
  }
  await asService.close();
  expect(await actsOn(subject)).toEqual(['booking.assigned']);
});
