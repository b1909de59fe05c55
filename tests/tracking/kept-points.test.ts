import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { buildClient } from '../support/client/built-client.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { inTwoSizes } from '../support/long.ts';
import { acceptOffered, book, goOnDuty, place } from '../support/people/people.ts';
import { type Road, startRoad } from '../support/people/road.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { spawnTool } from '../support/tool.ts';

let system: System;
let folder: string;
beforeAll(async () => {
  system = await startSystem();
  folder = await mkdtemp(join(tmpdir(), 'logi-driver-'));
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const APPS = fileURLToPath(new URL('../support/people/', import.meta.url));
const SIZES = { short: { points: 1_000, breaks: 20 }, long: { points: 10_000, breaks: 200 } };
const TIMEOUT_MS = 400_000;
const LIMIT_MS = 5 * LONG_WAIT_MS;

/** A driver on a job, on a line that can be cut. */
async function setOff(driverId: string, index: number, points: number, files = {}) {
  await goOnDuty(system, driverId, { at: place(index) });
  const { booking_id: bookingId } = await book(system, `user of ${driverId}`, { at: place(index) });
  await acceptOffered(system, driverId, bookingId);
  const token = system.token('driver', driverId);
  await eventually(async () => {
    const me = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token });
    expect(me.body.booking_id).toBe(bookingId);
  });
  const line = await startLine(system.trackingUrl);
  const url = `${line.url().replace('http', 'ws')}v1/stream`;
  const road = await startRoad(points, { url, token, files });
  return { bookingId, line, road };
}

/** Only of lines that are there, and at any moment of theirs. */
async function breakLine(line: TcpProxy, breaks: number): Promise<void> {
  for (let count = 0; count < breaks; count += 1) {
    await eventually(() => expect(line.clientsLeft).toBeGreaterThan(0), LIMIT_MS);
    await sleep((count * 7) % 40);
    line.cut();
  }
}

const reach = (road: Road, share: number) =>
  eventually(() => expect(road.seen().kept).toBeGreaterThanOrEqual(share * (road.times.length - 1)), LIMIT_MS);

async function expectEachOnce({ bookingId, road }: { bookingId: string; road: Road }): Promise<void> {
  await eventually(() => expect(road.seen()).toEqual({ kept: road.times.length - 1, waiting: 0 }), LIMIT_MS);
  const token = system.token('admin', 'ops');
  const trail = await call('GET', `${system.trackingUrl}/v1/bookings/${bookingId}/trail`, { token });
  expect(trail.body.properties.coordinateProperties.times).toEqual(road.times);
}

inTwoSizes('through breaks and kills of a program in Node, each point is in the trail once', SIZES, {
  timeoutMs: TIMEOUT_MS,
  async run({ points, breaks }) {
    const trip = await setOff('node', 1, points);
    const start = () => spawnTool(join(APPS, 'driver-process.ts'), [trip.road.url, join(folder, 'points')], {});
    const breaking = breakLine(trip.line, breaks);
    let app = start();
    for (const share of [0.3, 0.6]) {
      await reach(trip.road, share);
      await app.kill();
      app = start();
    }
    await breaking;
    await expectEachOnce(trip);
    await app.kill();
  },
});

/** As Debian and Ubuntu have it, and Chrome as it is installed. */
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** The built package, and the same driver as in Node, for a page to load. */
async function pageFiles(): Promise<Record<string, string>> {
  const codeOf = async (name: string) => stripTypeScriptTypes(await readFile(join(APPS, name), 'utf8'));
  return {
    '/client.js': await readFile(join(await buildClient(), 'browser.js'), 'utf8'),
    '/driver-page.ts': await codeOf('driver-page.ts'),
    '/drive.ts': await codeOf('drive.ts'),
  };
}

/** Killed as the kernel does it when memory runs out, or a battery. */
async function openPage(url: string, profile: string): Promise<() => Promise<void>> {
  const args = ['--headless', '--no-sandbox', '--no-first-run', '--disable-background-networking'];
  const child = spawn(chromium ?? '', [...args, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = once(child, 'close');
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  closeLater(kill);
  return kill;
}

if (chromium === undefined) test.skip('in a browser: there is no Chromium here', () => undefined);
else
  inTwoSizes('through breaks, a reload and a kill of the browser, each point is in the trail once', SIZES, {
    timeoutMs: TIMEOUT_MS,
    async run({ points, breaks }) {
      const trip = await setOff('page', 300, points, await pageFiles());
      const profile = join(folder, 'profile');
      const breaking = breakLine(trip.line, breaks);
      const killFirst = await openPage(trip.road.url, profile);
      await reach(trip.road, 0.3);
      trip.road.reloadOnce();
      await reach(trip.road, 0.6);
      await killFirst();
      const killSecond = await openPage(trip.road.url, profile);
      await breaking;
      await expectEachOnce(trip);
      await killSecond();
    },
  });
