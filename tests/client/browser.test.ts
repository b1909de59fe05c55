import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { type Chromium, HAS_CHROMIUM, startChromium, type Tab } from '../../tools/testing/browser/chromium.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { buildClient, servePage } from '../support/client/built-client.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { makeBooking, type Rig, startRig } from '../support/services/gateways.ts';

/* The built package in a real browser, with its real timers. */

/** Where it is not to be had, jest says that these were skipped. */
const inChromium = HAS_CHROMIUM ? test : test.skip;
const longInChromium = HAS_CHROMIUM ? long : test.skip;
/** Pages are throttled as after five minutes of being hidden. */
const THROTTLED_AT_ONCE = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1';
const HEARTBEAT_MS = 5_000;
/** Longer than silence may last, and shorter than the gateway waits for an answer to its pings. */
const FROZEN_MS = 1.8 * HEARTBEAT_MS;

let rig: Rig;
let chromium: Chromium;
let page: string;
beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  rig = await startRig();
  closeLater(() => rig.stop());
  page = await servePage(await buildClient());
  chromium = await startChromium([THROTTLED_AT_ONCE]);
  closeLater(() => chromium.close());
}, 120_000);

/** A tab with a client, and a line to a gateway that can be cut. */
async function openClient({ userId = randomUUID(), options = '' } = {}) {
  const gateway = await rig.startGateway({ HEARTBEAT_MS: String(HEARTBEAT_MS) });
  const line = await startLine(gateway.url);
  const tab = await chromium.openTab(page);
  await eventually(async () => expect(await tab.run('typeof logi')).toBe('object'));
  await tab.run(`
    seen = { givenUp: 0, read: [], states: [], errors: [], gaps: 0, reported: [] };
    addEventListener('error', (event) => seen.reported.push(event.message));
    client = new logi.LogiClient({
      url: ${JSON.stringify(`${line.url()}ws`)},
      getToken: () => ${JSON.stringify(rig.token('user', userId))},
      onState: (state) => seen.states.push(state),
      onError: (error, { willRetry }) => seen.errors.push({ code: error.code, willRetry }),
      onGap: () => { seen.gaps += 1 },
      ${options}
    });
    client.on('status_update', ({ payload }) => seen.read.push(payload.version));
    true`);
  return { tab, line, gateway, booking: makeBooking(rig, { userId }) };
}

/** Counts how often a line that was well was closed from here. */
const NOTED_WEB_SOCKET = `class extends WebSocket {
  close() {
    if (this.readyState === WebSocket.OPEN) seen.givenUp += 1;
    super.close();
  }
}`;

type Seen = { givenUp: number; read: number[]; states: string[]; errors: unknown[]; gaps: number; reported: string[] };
const seen = async (tab: Tab) => (await tab.run('seen')) as Seen;
const isOpen = (tab: Tab) => eventually(async () => expect(await tab.run('client.state')).toBe('open'));
const wait = (tab: Tab, ms: number) => tab.run(`new Promise((resolve) => setTimeout(resolve, ${ms}))`);

longInChromium(
  'a page that was frozen for longer than heartbeats last does not give its line up, and reads what came',
  async () => {
    const { tab, booking } = await openClient({ options: `WebSocket: ${NOTED_WEB_SOCKET}` });
    await isOpen(tab);
    await tab.hide();
    await tab.freeze();
    await booking.become('Searching');
    await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
    await booking.become('Accepted');
    await tab.thaw();
    await tab.show();
    await eventually(async () => expect((await seen(tab)).read).toEqual([1, 2]));
    await wait(tab, HEARTBEAT_MS);
    // Chromium 156 ends a line on which messages came meanwhile, with 1006, as the page thaws: that is no doing of ours.
    expect(await seen(tab)).toMatchObject({ givenUp: 0, gaps: 0 });
  },
);

longInChromium(
  'a hidden page, whose timers go off once a minute, keeps an idle line',
  async () => {
    const { tab, booking } = await openClient();
    await isOpen(tab);
    await tab.run('seen.ticks = []; setInterval(() => seen.ticks.push(performance.now()), 1000); true');
    await tab.hide();
    await new Promise((resolve) => setTimeout(resolve, 190_000));
    await booking.become('Searching');
    await eventually(async () => expect((await seen(tab)).read).toEqual([1]));
    expect((await seen(tab)).states).toEqual(['connecting', 'open']);
    expect(Number(await tab.run('seen.ticks.length'))).toBeLessThan(90); // it was throttled indeed
  },
  300_000,
);

inChromium('a page that is looked at again connects at once', async () => {
  const { tab, line, booking } = await openClient();
  await isOpen(tab);
  await tab.hide();
  await line.close();
  await eventually(async () => expect((await seen(tab)).states).toContain('waiting'));
  await booking.become('Searching');
  await line.reopen();
  await tab.show();
  await eventually(async () => expect((await seen(tab)).read).toEqual([1]));
});

inChromium('callbacks and listeners that throw end nothing, and are told where errors of a page are', async () => {
  const fail = "() => { throw new Error('the app is at fault') }";
  const { tab, line, booking } = await openClient({ options: `onState: ${fail}, onError: ${fail}, onGap: ${fail},` });
  await tab.run(`client.on('*', ${fail}); client.on('*', async ${fail}); true`);
  await isOpen(tab);
  await booking.become('Searching');
  await eventually(async () => expect((await seen(tab)).read).toEqual([1]));
  line.cut();
  await booking.become('Accepted');
  await eventually(async () => expect((await seen(tab)).read).toEqual([1, 2]));
  expect(await tab.run('[...new Set(seen.reported)]')).toEqual(['Uncaught Error: the app is at fault']);
});

inChromium('a page is told why its gateway refuses it, from another origin', async () => {
  const { tab } = await openClient({ options: "types: ['no_such_type']," });
  await eventually(async () =>
    expect(await seen(tab)).toMatchObject({ errors: [{ code: 'unknown_message_type', willRetry: false }] }),
  );
  expect(await tab.run('client.state')).toBe('closed');
});
