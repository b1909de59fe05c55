import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { goOnDuty, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

/* What must go down again, or go on, for tracking to run for months. */

let system: System;
let sql: Rows;
beforeAll(async () => {
  system = await startSystem({
    MAX_STREAMS_PER_DRIVER: '2',
    MAX_REQUESTS_PER_SECOND: '3',
    RATE_BURST_SECONDS: '1',
    SIGNAL_SWEEP_MS: '50',
  });
  ({ sql } = await openSql(system.servers.databaseUrl));
});
afterAll(() => system.stop());

const post = (driverId: string) =>
  call('POST', `${system.trackingUrl}/v1/locations`, {
    token: system.token('driver', driverId),
    body: { points: [{ latitude: 1, longitude: 2 }] },
  });

test('who has asked too often in one second may ask again in the next, as often', async () => {
  const atOnce = async () =>
    (await Promise.all(Array.from({ length: 10 }, () => post('eager')))).map(({ status }) => status);
  for (let round = 0; round < 2; round += 1) {
    await eventually(async () => expect(await atOnce()).toContain(429));
    await eventually(async () => expect((await post('eager')).status).toBe(200));
  }
});

test('a stream that has ended leaves its place to the next, which takes nobody else’s', async () => {
  const url = `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', 'roamer')}`;
  const lasting = await TestSocket.connect(url);
  for (let round = 0; round < 3; round += 1) {
    const stream = await TestSocket.connect(url);
    if (round % 2 === 0) await stream.close();
    else {
      stream.send('no frame of ours');
      await stream.closed;
    }
  }
  await lasting.caughtUp();
});

test('what is looked after again and again goes on after it failed', async () => {
  await goOnDuty(system, 'silent', { at: place(1) });
  const rename = (from: string, to: string) => sql(`alter table tracking.${from} rename to ${to}`);
  await rename('driver_latest', 'driver_latest_away'); // every sweep fails
  await sql(`update tracking.driver set status_call_at = now() - interval '1 hour' where driver_id = 'silent'`);
  await sql(`update tracking.driver_latest_away set heard_at = now() - interval '1 hour' where driver_id = 'silent'`);
  const failed = `select from pg_stat_activity where application_name = 'tracking' and query like '%left join driver_latest%'`;
  await eventually(async () => expect((await sql(failed)).length).toBeGreaterThan(0));
  await rename('driver_latest_away', 'driver_latest');
  await eventually(async () => {
    expect(await sql(`select signal from tracking.driver where driver_id = 'silent'`)).toEqual([{ signal: 'Dark' }]);
  });
});
