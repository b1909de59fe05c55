import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type DriverSeen, EXCHANGES, MAX_DRIVERS_SEEN, QUEUES } from '@logi/contracts';
import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import { HAS_CHROMIUM } from '../../tools/testing/browser/chromium.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { acceptOffered, advance, book, goOnDuty, place } from '../support/people/people.ts';
import type { System } from '../support/services/system.ts';
import { seriousFindings } from './axe.ts';
import { openConsole, openPage, type PageOptions, startConsole } from './browser.ts';

/* Every page, for whoever cannot see or point well, and when there is nothing to show or nobody answers. */

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;
const LOOKS: [string, PageOptions][] = [
  ['light, on a desk', {}],
  ['dark, on a desk', { isDark: true }],
  ['light, on a phone', { isPhone: true }],
  ['dark, on a phone', { isDark: true, isPhone: true }],
];
/** Where nobody has come from anywhere. */
const EMPTY_PLACES = [
  ...['health', 'bookings', 'bookings?view=list&user=nobody', 'map', 'drivers?label=Unreachable', 'prices', 'figures'],
  ...['dead-letters', 'sessions?role=user', 'sessions?tab=blocks', 'sessions?tab=audit', 'messages'],
];

let system: System;
let url: string;
beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  ({ system, url } = await startConsole());
});
afterAll(() => system?.stop());

const open = (options: PageOptions): Promise<Page> => openConsole({ url, secret: system.secret, ...options });

/** Once it shows what it has to show. */
async function go(page: Page, where: string): Promise<void> {
  await page.goto(`${url}/#/${where}`);
  await eventually(async () => {
    const text = await page.getByRole('main').innerText();
    expect(text).not.toMatch(/Loading …|Looking …/);
    expect(text.trim()).not.toBe('');
  });
}

async function findingsOf(page: Page, places: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const where of places) {
    await go(page, where);
    const findings = await seriousFindings(page);
    if (findings.length > 0) found[where] = findings;
  }
  return found;
}

inBrowser('with nothing there yet', () => {
  long('each page says so, and axe finds nothing serious', async () => {
    expect(await findingsOf(await open({}), EMPTY_PLACES)).toEqual({});
  });
});

inBrowser('when no service answers', () => {
  long('each page says what does not, and how to go on, and axe finds nothing serious', async () => {
    const page = await open({});
    await page.route(/\/(booking|tracking|gateway)\/|\/v1\/(health|dead-letters)/, (route) =>
      route.fulfill({
        status: 503,
        json: { error: { code: 'unavailable', message: 'It does not answer', request_id: 'r' } },
      }),
    );
    for (const where of ['health', 'bookings', 'drivers', 'prices', 'figures', 'dead-letters', 'sessions']) {
      await page.goto(`${url}/#/${where}`);
      await page.reload(); // what was answered before would still be shown
      const alert = page.getByRole('main').getByRole('alert').first();
      await alert.getByText('It does not answer').waitFor();
      await alert.getByRole('button', { name: 'Try again' }).waitFor();
      expect([where, await seriousFindings(page)]).toEqual([where, []]);
    }
  });
});

inBrowser('with a city at work', () => {
  let places: readonly string[];
  beforeAll(async () => {
    const [at, driver] = [place(700), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    await goOnDuty(system, `oro ${randomUUID()}`, { at });
    const { booking_id } = await book(system, 'una', { at });
    await acceptOffered(system, driver, booking_id);
    await advance(system, driver, booking_id, ['En Route to Pickup', 'Arrived at Pickup']);
    await book(system, 'nobody comes', { at: place(720) });
    const { sql, close } = await openSql(system.servers.databaseUrl);
    closeLater(close);
    const [letter] = await sql(
      `insert into operations.dead_letter (queue, message_id, type, reason, attempt, died_at, headers, body)
       values ($1, $2, 'driver.status_changed', 'a bug', 5, now(), '{}', '{}') returning *`,
      [QUEUES.bookingTrackingEvents, randomUUID()],
    );
    const here = `at=${at.latitude},${at.longitude},14`;
    const chosen = encodeURIComponent(driver);
    places = [
      ...['health', 'bookings', 'bookings?view=list', `bookings?id=${booking_id}`],
      ...[`map?${here}`, `map?${here}&driver=${chosen}`, `map?${here}&booking=${booking_id}`],
      ...['drivers', `drivers?id=${chosen}`, 'prices', 'prices?type=van', 'figures'],
      ...['dead-letters', `dead-letters?id=${letter?.['id']}`],
      ...['sessions', 'sessions?tab=blocks', 'sessions?tab=audit', 'messages'],
    ];
  });

  long.each(LOOKS)('axe finds nothing serious on any page: %s', async (_name, options) => {
    expect(await findingsOf(await open(options), places)).toEqual({});
  });

  long.each(LOOKS)('nor before anybody has signed in: %s', async (_name, options) => {
    const page = await openPage(url, options);
    await page.getByRole('button', { name: 'Sign in' }).first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  long('nor where somebody books for a caller', async () => {
    const page = await open({});
    await go(page, 'bookings');
    await page.getByRole('button', { name: 'Book for a caller' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });
});

const CROWD = 5_000;
const CENTRE = { latitude: 10, longitude: 20 };
const FRAMES_FOR_MS = 5_000;

inBrowser(`with ${CROWD} drivers who move once a second`, () => {
  long('the map has them all, and one still opens by a click', async () => {
    const page = await open({});
    await go(page, `map?at=${CENTRE.latitude},${CENTRE.longitude},13`);
    const told: string[] = [];
    const tell = await tellingOf(await gatewayInstance());
    const telling = setInterval(tell, 1_000);
    closeLater(() => clearInterval(telling));
    await page.getByText(`${CROWD.toLocaleString('en')} drivers`).waitFor();
    for (const [name, zoom] of [
      ['as shapes', 13],
      ['as figures', 9],
    ] as const) {
      await page.goto(`${url}/#/map?at=${CENTRE.latitude},${CENTRE.longitude},${zoom}`);
      await page.getByText(`${CROWD.toLocaleString('en')} drivers`).waitFor();
      told.push(`${name} ${(await framesIn(page, FRAMES_FOR_MS)).toFixed(0)} frames a second`);
    }
    process.stderr.write(`${availableParallelism()} cores, no graphics card: ${told.join(', ')}\n`);
    await page.goto(`${url}/#/map?at=${CENTRE.latitude},${CENTRE.longitude},13`);
    const map = page.getByRole('region', { name: 'City' });
    const { x = 0, y = 0, width = 0, height = 0 } = (await map.boundingBox()) ?? {};
    await eventually(async () => {
      await page.mouse.click(x + width / 2, y + height / 2);
      await page.getByRole('complementary', { name: 'Driver' }).waitFor({ timeout: 2_000 });
    }, LONG_WAIT_MS);
  });
});

/** The one on which the page's socket is. */
async function gatewayInstance(): Promise<string> {
  return eventually(async () => {
    const { body } = await call('GET', `${system.gatewayUrl.replace('ws', 'http')}/v1/sessions?role=admin`, {
      token: system.token('admin', 'ops'),
    });
    expect(body.count).toBeGreaterThan(0);
    return body.items[0].instance_id;
  });
}

/** What tracking tells of a crowd that goes round in circles. */
async function tellingOf(instanceId: string): Promise<() => void> {
  const connection = await connect(system.servers.amqpUrl);
  closeLater(() => connection.close());
  const channel = await connection.createChannel();
  let turn = 0;
  return () => {
    turn += 1;
    const positions = Array.from({ length: CROWD }, (_, index): DriverSeen => {
      const angle = index + turn / 20;
      const reach = (0.02 * index) / CROWD;
      return {
        ...{ driver_id: `crowd ${index}`, status: 'Available', vehicle_type: 'van', booking_id: null },
        latitude: CENTRE.latitude + reach * Math.sin(angle),
        longitude: CENTRE.longitude + reach * Math.cos(angle),
        recorded_at: new Date().toISOString(),
      };
    });
    for (let i = 0; i < CROWD; i += MAX_DRIVERS_SEEN) {
      const body = JSON.stringify({ positions: positions.slice(i, i + MAX_DRIVERS_SEEN) });
      channel.publish(EXCHANGES.trackingFleet, instanceId, Buffer.from(body));
    }
  };
}

async function framesIn(page: Page, forMs: number): Promise<number> {
  const frames: number = await page.evaluate(`new Promise((resolve) => {
    let count = 0;
    const until = performance.now() + ${forMs};
    const next = () => {
      count += 1;
      if (performance.now() < until) requestAnimationFrame(next);
      else resolve(count);
    };
    requestAnimationFrame(next);
  })`);
  return (frames * 1_000) / forMs;
}
