import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
let line: TcpProxy;
let impatientUrl: string;
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
  line = await startLine(system.servers.urls.tracking.databaseUrl);
  const impatient = await system.start.tracking({ DATABASE_URL: line.url(), COMMIT_TIMEOUT_MS: '300' });
  impatientUrl = `http://127.0.0.1:${impatient.port()}`;
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

const openStream = (driverId: string, url = system.trackingUrl) =>
  TestSocket.connect(`${url.replace('http', 'ws')}/v1/stream?token=${system.token('driver', driverId)}`);
const HERE = { latitude: 52, longitude: 13 };
const FRAME = JSON.stringify({ type: 'location_update', payload: HERE });
const OVERLOADED = { code: 1013, reason: 'try again later' };

async function countPoints(driverId: string): Promise<unknown> {
  const [row] = await database.sql('select count(*)::int as points from tracking.position where driver_id = $1', [
    driverId,
  ]);
  return row?.['points'];
}

test('a stream ends with 1013 when the database is away for too long, and its points are stored when it is back', async () => {
  const stream = await openStream('late', impatientUrl);
  await line.close();
  stream.send(FRAME);
  expect(await stream.closed).toEqual(OVERLOADED);
  expect(stream.messages).toEqual([]);
  await line.reopen();
  await eventually(async () => expect(await countPoints('late')).toBe(1));
});

test('points that the database refuses end a stream with 1013 and a request with 500, and neighbours go on', async () => {
  await database.sql(`alter table tracking.position add check (driver_id <> 'refused')`);
  const [refused, neighbour] = [await openStream('refused'), await openStream('neighbour')];
  refused.send(FRAME);
  neighbour.send(FRAME);
  expect(await refused.closed).toEqual(OVERLOADED);
  await neighbour.find(() => true);
  const token = system.token('driver', 'refused');
  const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [HERE] } });
  expectRefusal(answer, 'internal');
  expect([await countPoints('refused'), await countPoints('neighbour')]).toEqual([0, 1]);
  await neighbour.close();
});
