import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { LogiClient, LogiClientOptions } from '@logi/client';
import { type Chromium, HAS_CHROMIUM, startChromium } from '../../tools/testing/browser/chromium.ts';
import { createRandom } from '../../tools/testing/random.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { buildClient, servePage } from '../support/client/built-client.ts';
import { startLine } from '../support/line.ts';
import { inTwoSizes } from '../support/long.ts';
import { makeBooking, type Rig, startRig } from '../support/services/gateways.ts';

/*
 * An auditor of the built package: what was published, and what each window has read, over lines that break, pages that
 * freeze and listeners that throw. AUDIT_SEED repeats a run.
 */

const SEED = process.env['AUDIT_SEED'] ?? String(Date.now() % 1_000_000);
/** Of one person there is room for 20 windows; the oldest of more are closed with 4409. */
const WINDOWS = { short: { windows: 5, room: 5, breaks: 2 }, long: { windows: 25, room: 20, breaks: 40 } };
const STATUSES = ['In Transit', 'Arrived at Drop-off'] as const;

let rig: Rig;
let dist: string;
beforeAll(async () => {
  rig = await startRig();
  closeLater(() => rig.stop());
  dist = await buildClient();
}, 120_000);

/** Events of one user, as fast as the broker takes them, until told to stop. */
function publish(userId: string) {
  const booking = makeBooking(rig, { userId });
  const published: number[] = [];
  let isOn = true;
  const done = (async () => {
    while (isOn) {
      published.push(Number(await booking.become(STATUSES[published.length % 2] ?? 'In Transit')));
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  })();
  const stop = async () => {
    isOn = false;
    await done;
    return published;
  };
  closeLater(stop);
  return { stop };
}

inTwoSizes(`windows of one person, with listeners that throw, over lines that break (seed ${SEED})`, WINDOWS, {
  run: auditWindows,
  timeoutMs: 600_000,
});

async function auditWindows({ windows: count, room, breaks }: typeof WINDOWS.long): Promise<void> {
  const { LogiClient: Built } = (await import(join(dist, 'index.js'))) as {
    LogiClient: new (options: LogiClientOptions) => LogiClient;
  };
  const random = createRandom(SEED);
  const gateway = await rig.startGateway();
  const line = await startLine(gateway.url);
  const report = console.error;
  console.error = () => undefined; // what Node has for reportError
  closeLater(() => {
    console.error = report;
  });
  const windows = Array.from({ length: count }, () => {
    const window = { read: [] as number[], gaps: 0, breaks: 0, codes: [] as unknown[] };
    const client = new Built({
      url: `${line.url()}ws`,
      getToken: () => rig.token('user', 'ana'),
      onState: (state) => {
        if (state === 'waiting') window.breaks += 1;
        throw new Error('the app is at fault');
      },
      onGap: () => {
        window.gaps += 1;
      },
      onError: (error, { willRetry }) => {
        if (!willRetry) window.codes.push((error as { code?: unknown }).code);
      },
    });
    closeLater(() => client.close());
    client.on('*', () => {
      throw new Error('the app is at fault');
    });
    client.on('status_update', ({ payload }) => window.read.push(payload.version));
    return { client, window };
  });
  const isSettled = () => windows.filter(({ client }) => client.state === 'open').length === room;
  await eventually(() => expect(isSettled()).toBe(true));
  const staying = windows.filter(({ client }) => client.state === 'open');
  const before = staying.map(({ window }) => window.breaks);
  const publishing = publish('ana');
  for (let broken = 0; broken < breaks; broken += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000 + random.next() * 2_000));
    await eventually(() => expect(isSettled()).toBe(true));
    line.cut();
    await eventually(() => {
      for (const [index, { window }] of staying.entries())
        expect(window.breaks - (before[index] ?? 0)).toBeGreaterThan(broken); // has heard of it
    });
  }
  await eventually(() => expect(isSettled()).toBe(true));
  const published = await publishing.stop();
  await eventually(() => {
    for (const { window } of staying) expect(window.read.length).toBeGreaterThanOrEqual(published.length);
  });
  for (const [index, { window }] of staying.entries()) {
    expect(window).toMatchObject({ read: published, gaps: 0, codes: [] });
    expect(window.breaks - (before[index] ?? 0)).toBe(breaks);
  }
  for (const { window, client } of windows.filter((each) => !staying.includes(each)))
    expect({ state: client.state, codes: window.codes }).toEqual({ state: 'closed', codes: [4409] });
}

const FAULTS = ['cut', 'hide', 'freeze', 'offline'] as const;
/** Only of these does a line break. */
const BREAKING: readonly string[] = ['cut', 'offline'];

const PAGE_AUDIT = 'a page that is hidden, frozen, offline and cut off';
if (HAS_CHROMIUM) inTwoSizes(PAGE_AUDIT, { short: 4, long: 40 }, { run: auditPage, timeoutMs: 300_000 });
else test.skip(PAGE_AUDIT, () => undefined);

async function auditPage(faults: number): Promise<void> {
  const chromium: Chromium = await startChromium();
  closeLater(() => chromium.close());
  const gateway = await rig.startGateway({ HEARTBEAT_MS: '2000' });
  const line = await startLine(gateway.url);
  const tab = await chromium.openTab(await servePage(dist));
  await eventually(async () => expect(await tab.run('typeof logi')).toBe('object'));
  await tab.run(`
    seen = { read: [], gaps: 0, breaks: 0 };
    client = new logi.LogiClient({
      url: ${JSON.stringify(`${line.url()}ws`)},
      getToken: () => ${JSON.stringify(rig.token('user', 'bea'))},
      onState: (state) => { if (state === 'waiting') seen.breaks += 1 },
      onGap: () => { seen.gaps += 1 },
    });
    client.on('*', () => { throw new Error('the app is at fault') });
    client.on('status_update', ({ payload }) => seen.read.push(payload.version));
    true`);
  const isOpen = () => eventually(async () => expect(await tab.run('client.state')).toBe('open'));
  await isOpen();
  const publishing = publish('bea');
  const pause = () => new Promise((resolve) => setTimeout(resolve, 3_000));
  let breaking = 0;
  for (let count = 0; count < faults; count += 1) {
    const fault = FAULTS[count % FAULTS.length] ?? 'cut';
    if (BREAKING.includes(fault)) breaking += 1;
    if (fault === 'cut') line.cut();
    if (fault === 'hide' || fault === 'freeze') await tab.hide();
    if (fault === 'freeze') await tab.freeze();
    if (fault === 'offline') await tab.setOffline(true);
    await pause();
    if (fault === 'freeze') await tab.thaw();
    if (fault === 'offline') await tab.setOffline(false);
    await tab.show();
    await isOpen();
  }
  const published = await publishing.stop();
  await eventually(async () =>
    expect(Number(await tab.run('seen.read.length'))).toBeGreaterThanOrEqual(published.length),
  );
  expect(await tab.run('seen.read')).toEqual(published);
  const { gaps, breaks } = (await tab.run('seen')) as { gaps: number; breaks: number };
  expect(gaps).toBe(0);
  expect(breaks).toBeLessThanOrEqual(breaking);
}
