import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { HAS_CHROMIUM } from '../../tools/testing/browser/chromium.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { acceptOffered, act, advance, book, goOnDuty, place } from '../support/people/people.ts';
import type { System } from '../support/services/system.ts';
import { seriousFindings } from './axe.ts';
import { openConsole, type PageOptions, startConsole } from './browser.ts';

/* What goes on in the city, as the console's people see it: in a real browser. No page asks anybody outside. */

let system: System;
let url: string;
beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  ({ system, url } = await startConsole());
});
afterAll(() => system?.stop());

/** Signed in, and at this place. */
async function open(where: string, options: PageOptions & { sub?: string } = {}): Promise<Page> {
  const page = await openConsole({ url, secret: system.secret, ...options });
  await page.goto(`${url}/#/${where}`);
  return page;
}

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;
let places = 100;
const somewhere = () => {
  places += 1;
  return place(places);
};

inBrowser('bookings', () => {
  test('one is seen on the board from request to delivery, and nobody loads the page anew', async () => {
    const [at, user, driver] = [somewhere(), `una ${randomUUID()}`, `dro ${randomUUID()}`];
    const page = await open('bookings');
    const isIn = (stage: string) => page.getByRole('region', { name: stage }).getByText(user).waitFor();
    await goOnDuty(system, driver, { at });
    const { booking_id } = await book(system, user, { at });
    await isIn('Waiting for a driver');
    await acceptOffered(system, driver, booking_id);
    await isIn('Driver on the way');
    await advance(system, driver, booking_id, ['En Route to Pickup', 'Arrived at Pickup']);
    await isIn('At the pickup');
    await advance(system, driver, booking_id, ['In Transit']);
    await isIn('Goods on the way');
    await advance(system, driver, booking_id, ['Arrived at Drop-off', 'Delivered']);
    await isIn('Just ended');
  });

  long('it says why this driver was asked and another was not, with the numbers', async () => {
    const [at, near, far] = [somewhere(), `near ${randomUUID()}`, `far ${randomUUID()}`];
    await goOnDuty(system, near, { at });
    await goOnDuty(system, far, { at: { ...at, latitude: at.latitude + 0.005 } });
    const { booking_id } = await book(system, 'una', { at });
    await acceptOffered(system, near, booking_id);
    const page = await open(`bookings?id=${booking_id}`);
    const why = page.getByRole('region', { name: 'Why this driver' });
    await why.getByText('2 drivers within').waitFor();
    const [winner, other] = await why.locator('.candidate').allTextContents();
    expect(winner).toContain(near);
    expect(winner).toContain('took it');
    expect(other).toContain(far);
    expect(other).toMatch(/enough were asked.*batch_full/);
    await why
      .getByRole('img', { name: /way \d+ s/ })
      .first()
      .waitFor();
    await page.getByText(`${near} took it`).waitFor();
  });

  test('of two admins who decide about one booking, the second is told what the first has done', async () => {
    const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const { booking_id } = await book(system, 'una', { at: somewhere() });
    const page = await open(`bookings?id=${booking_id}`);
    await page.getByRole('button', { name: 'Assign a driver' }).click();
    await page.getByLabel('Driver', { exact: true }).fill(driver);
    await act(system, { role: 'admin', id: 'eve' }, booking_id, 'cancel', {});
    await page.getByRole('dialog').getByRole('button', { name: 'Assign a driver' }).click();
    await page
      .getByRole('alert')
      .getByText(/Meanwhile .*eve.* cancelled it/)
      .waitFor();
    await page.getByRole('alert').getByText('illegal_transition').waitFor();
  });

  long('an admin assigns, hands over and cancels, and history names them', async () => {
    const [at, first, second] = [somewhere(), `first ${randomUUID()}`, `second ${randomUUID()}`];
    const { booking_id } = await book(system, 'una', { at });
    await goOnDuty(system, first, { at: somewhere() });
    await goOnDuty(system, second, { at: somewhere() });
    const page = await open(`bookings?id=${booking_id}`);
    const choose = async (act: string, driver: string) => {
      await page.getByRole('button', { name: act }).click();
      await page.getByLabel('Driver', { exact: true }).fill(driver);
      await page.getByRole('dialog').getByRole('button', { name: act }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    const confirm = async (name: string) => {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await choose('Assign a driver', first);
    for (const status of ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected']) await confirm(status);
    await choose('Hand over', second);
    await page.getByText(`ada handed the goods over from ${first} to ${second}`).waitFor();
    await confirm('Cancel it');
    await page.getByText('ada has the goods brought back').waitFor();
  });

  long('an admin books for a caller, who is asked the price first', async () => {
    const { latitude, longitude } = somewhere();
    const user = `caller ${randomUUID()}`;
    const page = await open('bookings');
    await page.getByRole('button', { name: 'Book for a caller' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User').fill(user);
    await dialog.getByLabel('Pickup', { exact: true }).fill(`${latitude}, ${longitude}`);
    await dialog.getByLabel('Drop-off').fill(`${latitude + 0.02} ${longitude}`);
    expect(await dialog.getByRole('button', { name: 'Book' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'What does it cost?' }).click();
    await dialog.getByText(/The price ends/).waitFor();
    await dialog.getByRole('button', { name: 'Book' }).click();
    await page.getByText('ada booked').waitFor();
    await page.getByRole('link', { name: user }).waitFor();
  });

  long('nothing that a user or driver calls themselves runs, or turns letters round', async () => {
    const evil = `<img src=x onerror=alert(1)>\u202e${'𝒳'.repeat(60)}`;
    const { booking_id } = await book(system, evil, { at: somewhere() });
    const page = await open('bookings');
    await page.getByText('<img src=x').first().click();
    await page.getByText('Nothing has been driven for it yet.').waitFor();
    await page.getByText(booking_id).waitFor();
    await page.getByRole('link', { name: '<img src=x' }).click();
    await page.getByRole('grid', { name: 'Bookings' }).getByText('<img src=x').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.content()).not.toContain('\u202e');
  });

  long('of ten thousand the list draws what shows, and fetches as far as somebody scrolls', async () => {
    const { booking_id } = await book(system, 'crowd', { at: somewhere() });
    const { sql, close } = await openSql(system.servers.databaseUrl);
    closeLater(close);
    await act(system, { role: 'admin', id: 'eve' }, booking_id, 'cancel', {});
    await sql(
      `insert into booking.booking select (jsonb_populate_record(booking, jsonb_build_object('booking_id', gen_random_uuid(),
         'created_at', created_at - n * interval '1 second'))).*
       from booking.booking, generate_series(1, 10000) n where booking_id = $1`,
      [booking_id],
    );
    const page = await open('bookings?view=list&user=crowd');
    const grid = page.getByRole('grid', { name: 'Bookings' });
    await grid.getByText('crowd').first().waitFor();
    for (const rows of [101, 201, 301]) {
      await page.locator(`[aria-rowcount="${rows}"]`).waitFor();
      await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await page.locator(`[aria-rowcount="${rows + 100}"]`).waitFor();
    }
    expect(await grid.getByRole('row').count()).toBeLessThan(80);
  });
});

inBrowser('drivers', () => {
  test('one who is where somebody points at opens beside the map, with why they are called so', async () => {
    const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const page = await open(`map?at=${at.latitude},${at.longitude},14`);
    await page.getByText('1 driver').waitFor();
    const map = page.getByRole('region', { name: 'City' });
    const panel = page.getByRole('complementary', { name: 'Driver' });
    const { width = 0, height = 0 } = (await map.boundingBox()) ?? {};
    await eventually(async () => {
      await map.click({ position: { x: width / 2, y: height / 2 } });
      await panel.getByText(driver).waitFor({ timeout: 500 });
    });
    await panel.getByText('wants work').waitFor();
    await panel.getByText(/Live, heard/).waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  test('the map counts who comes, goes and moves away, and asks nobody for it', async () => {
    const [at, driver, other] = [somewhere(), `dro ${randomUUID()}`, `oro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const page = await open(`map?at=${at.latitude},${at.longitude},14`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByText('1 driver', { exact: true }).waitFor();
    await goOnDuty(system, other, { at });
    await page.getByText('2 drivers', { exact: true }).waitFor();
    // So far away in no time is believed when it is said twice.
    for (const step of [0.2, 0.2001]) {
      await call('POST', `${system.trackingUrl}/v1/locations`, {
        token: system.token('driver', other),
        body: { points: [{ ...at, latitude: at.latitude + step }] },
      });
    }
    await page.getByText('1 driver', { exact: true }).waitFor();
    await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
      token: system.token('driver', driver),
      body: { status: 'Offline' },
    });
    await page.getByText('Nobody is on duty here').waitFor();
    expect(asked.filter((url) => url.includes('/v1/drivers'))).toEqual([]);
  });

  long('a list has them by label, live', async () => {
    const driver = `dro ${randomUUID()}`;
    const page = await open('drivers?label=Available');
    await page.getByRole('button', { name: 'Available', pressed: true }).waitFor();
    await goOnDuty(system, driver, { at: somewhere() });
    await page.getByText(driver).click();
    await page.getByRole('complementary', { name: 'Driver' }).getByText('0 bookings').waitFor();
  });
});

inBrowser('prices and figures', () => {
  test('a price is changed after a look at what it was, and is on record', async () => {
    const page = await open('prices?type=van');
    await page.getByLabel('Per minute').fill('0.75');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('dialog').getByText('per minute: 0.3 → 0.75').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('grid').getByText('EUR 0.75').waitFor();
    await page.getByRole('link', { name: 'What it was before' }).click();
    await page.getByText('vehicle_type.changed').first().waitFor();
  });

  long('figures say how far bookings get', async () => {
    await book(system, 'una', { at: somewhere() });
    const page = await open('figures');
    await page
      .getByText(/\d+ {2}100 %/)
      .first()
      .waitFor();
    await page.getByText(/^The most: \d+, van, in the hour from/).waitFor();
    await page
      .getByRole('img', { name: /by the hour$/ })
      .first()
      .locator('canvas')
      .waitFor();
    await page
      .getByText(/Searching/)
      .first()
      .waitFor();
  });

  long.each(['bookings', 'bookings?view=list', 'map', 'drivers', 'prices?type=van', 'figures'])(
    '%s fits on a phone',
    async (where) => {
      const page = await open(where, { isPhone: true });
      await page.getByRole('main').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    },
  );
});

inBrowser('for whoever cannot see well', () => {
  inTwoSizes(
    'axe finds nothing serious on the board, on a booking with its driver, or on the map, light or dark',
    { short: [false], long: [false, true] },
    { run: lookAtAll },
  );
});

async function lookAtAll(looks: boolean[]): Promise<void> {
  const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
  await goOnDuty(system, driver, { at });
  const { booking_id } = await book(system, 'una', { at });
  await acceptOffered(system, driver, booking_id);
  for (const isDark of looks) {
    const page = await open('bookings', { isDark });
    await page.getByRole('region', { name: 'Driver on the way' }).getByText('una').first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(`${url}/#/bookings?id=${booking_id}`);
    await page.getByRole('region', { name: 'Why this driver' }).getByText('took it').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(`${url}/#/map?at=${at.latitude},${at.longitude},14&driver=${encodeURIComponent(driver)}`);
    await page
      .getByRole('complementary', { name: 'Driver' })
      .getByText(/(Live|Stale|Dark), heard/) // as long as axe takes
      .waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  }
}
