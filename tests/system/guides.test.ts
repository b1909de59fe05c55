import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { linkTo } from '../../tools/examples/link.ts';
import { serveExamples } from '../../tools/examples/serve.ts';
import { type Chromium, HAS_CHROMIUM, startChromium, type Tab } from '../../tools/testing/browser/chromium.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { buildClient } from '../support/client/built-client.ts';
import { makeProject } from '../support/docs/code-checks.ts';
import { codeBlocks, readDocument } from '../support/docs/documents.ts';
import { gatewayReads, goOnDuty } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { spawnTool } from '../support/tool.ts';

/* The apps of the guides and of `examples/`, as they stand, with a whole system. */

const inChromium = HAS_CHROMIUM ? test : test.skip;
const PICKUP: LatLon = { latitude: 52.524, longitude: 13.39 };

let system: System;
let dist: string;
let chromium: Chromium;
beforeAll(async () => {
  [system, dist] = await Promise.all([startSystem(), buildClient()]);
  await gatewayReads(system);
  if (!HAS_CHROMIUM) return;
  chromium = await startChromium();
  closeLater(() => chromium.close());
}, 120_000);

function blockOf(document: string, language: string): string {
  const block = codeBlocks(readDocument(document)).find((each) => each.language === language);
  if (!block) throw new Error(`${document} has no ${language}`);
  return block.code;
}

function runInNode(document: string, role: 'user' | 'driver', sub: string) {
  const { directory, file } = makeProject(blockOf(document, 'ts'));
  const { bookingUrl: BOOKING_URL, trackingUrl: TRACKING_URL, gatewayUrl } = system;
  const env = { BOOKING_URL, TRACKING_URL, LOGI_URL: `${gatewayUrl}/ws`, LOGI_TOKEN: system.token(role, sub) };
  return spawnTool(file, [], env, directory);
}

/** Pages of a folder, as `npm run examples` serves them. */
async function serve(root: string): Promise<string> {
  const { url, close } = await serveExamples({ root, dist, port: 0 });
  closeLater(close);
  return url;
}

async function servePageOf(document: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'logi-guide-'));
  closeLater(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'page.html'), blockOf(document, 'html').replace("'./browser.js'", "'./logi/browser.js'"));
  return `${await serve(root)}/page.html`;
}

function openAs(page: string, role: 'user' | 'driver', sub: string): Promise<Tab> {
  return chromium.openTab(linkTo(page, { ...system, token: system.token(role, sub) }));
}

async function reads(tab: Tab, selector: string, text: RegExp | string): Promise<void> {
  const read = `document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`;
  await eventually(async () => expect(await tab.run(read)).toMatch(text));
}

async function click(tab: Tab, selector: string): Promise<void> {
  const button = `document.querySelector(${JSON.stringify(selector)})`;
  await eventually(async () => expect(await tab.run(`${button}?.disabled`)).toBe(false));
  await tab.run(`${button}.click()`);
}

test('the two programs of the guides find each other', async () => {
  const driver = runInNode('docs/build-a-driver-app.md', 'driver', randomUUID());
  await eventually(() => expect(driver.output()).toMatch(/0 positions wait/));
  const user = runInNode('docs/build-a-user-app.md', 'user', randomUUID());
  await eventually(() => expect(driver.output()).toMatch(/^accept done$/m));
  await eventually(() => expect(driver.output()).toMatch(/^status done$/m));
  await eventually(() => expect(user.output()).toMatch(/^En Route to Pickup$/m));
  await eventually(() => expect(user.output()).toMatch(/^the driver is at 52.52, 13.4, as of \d+ s ago$/m));
  expect([driver.errors(), user.errors()]).toEqual(['', '']);
  await driver.kill();
});

inChromium('the two pages of the guides find each other', async () => {
  const [userId, driverId] = [randomUUID(), randomUUID()];
  const driver = await openAs(await servePageOf('docs/build-a-driver-app.md'), 'driver', driverId);
  const user = await openAs(await servePageOf('docs/build-a-user-app.md'), 'user', userId);
  await goOnDuty(system, driverId, { at: PICKUP });
  await reads(user, 'output', 'nothing is booked');
  await click(user, 'button');
  await reads(driver, 'output', /offered: [\d.]+ \w+/);
  await click(driver, 'button');
  await reads(driver, 'output', 'accept done');
  await reads(user, 'output', 'Accepted');
});

inChromium('in the examples a user books, a driver drives, and nothing is lost while there is no network', async () => {
  const url = await serve('examples');
  const [userId, driverId] = [randomUUID(), randomUUID()];
  const driver = await openAs(`${url}/driver.html`, 'driver', driverId);
  const user = await openAs(`${url}/user.html`, 'user', userId);
  await eventually(async () => expect(await user.run('location.hash')).toBe(''));
  await reads(driver, '#line', 'connected');
  await click(driver, '#duty');
  await reads(driver, '#duty', 'Go off duty');
  await reads(driver, '#waiting', 'nothing waits');
  await click(user, '#book');
  await reads(driver, '#booking', 'offered');
  await click(driver, '#accept');
  await reads(user, '#booking', 'Accepted');
  await reads(user, '#driver', new RegExp(`^${driverId}, seen (now|\\d+ s ago)$`));

  await driver.setOffline(true);
  await driver.run("document.querySelector('#map').click()");
  await click(driver, '#next');
  await reads(driver, '#waiting', /acts: 1/);
  await reads(driver, '#next', 'Arrived at Pickup');
  await user.setOffline(true);
  await driver.setOffline(false);
  await reads(driver, '#waiting', 'nothing waits');
  await user.setOffline(false);
  await reads(user, '#booking', 'En Route to Pickup');
});
