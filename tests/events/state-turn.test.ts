import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EventTables, takeStateTurn } from '@logi/events';
import { type Database, openDatabase } from '@logi/persistence';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

const HOUR_MS = 3_600_000;

let servers: TestServers;
let instances: Database<EventTables>[];
beforeAll(async () => {
  servers = await createTestServers();
  const { databaseUrl: url } = servers.urls.tracking;
  instances = ['one', 'two'].map((name) =>
    openDatabase<EventTables>({ url, schema: 'tracking', name, poolSize: 5, log: silent }),
  );
});
afterAll(async () => {
  await Promise.all(instances.map((db) => db.destroy()));
  await servers.discard();
});

const ask = (name: string, everyMs: number) =>
  Promise.all(
    Array.from({ length: 10 }, (_, i) => instances.slice(i % 2, (i % 2) + 1))
      .flat()
      .map((db) => takeStateTurn(db, { name, everyMs })),
  );

test('of all who ask at once, one is to write the snapshot, and nobody before it is old enough', async () => {
  expect((await ask('trips', HOUR_MS)).filter(Boolean)).toHaveLength(1);
  expect((await ask('trips', HOUR_MS)).filter(Boolean)).toHaveLength(0);
});

test('a turn of one stream is none of another', async () => {
  expect((await ask('blocks', HOUR_MS)).filter(Boolean)).toHaveLength(1);
  expect((await ask('others', HOUR_MS)).filter(Boolean)).toHaveLength(1);
});

test('when the last snapshot is old enough, somebody is to write the next', async () => {
  await ask('old', HOUR_MS);
  expect((await ask('old', 0)).filter(Boolean).length).toBeGreaterThanOrEqual(1);
});
