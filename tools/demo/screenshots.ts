import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '@logi/contracts';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { consoleLink, streetsFileOf } from '../stack/console.ts';
import { findProgram, installMissing } from '../stack/servers/packages.ts';
import { CHROMIUM_FLAGS } from '../testing/browser/chromium.ts';
import { pause } from '../testing/pause.ts';
import { createPerson } from './city/person.ts';
import { cityOf, runDay } from './run-day.ts';
import { showStreets } from './screen/streets.ts';
import { findStack, ROOT, type StackAddress } from './stack-address.ts';

/*
 * `npm run screenshots`, beside `npm start`: the pages of the console while the demo runs, into docs/images.
 */

const IMAGES = join(ROOT, 'docs/images');
const SECONDS = 240;
/** By then some bookings have been delivered, and others are on the way. */
const UNDER_WAY_MS = 45_000;
/** A map is drawn without a graphics card here. */
const SETTLE_MS = 12_000;
const SIZE = { width: 1280, height: 800 };
const DAY = { seconds: SECONDS, drivers: 60, users: 40, speed: 20, every: 1_000, seed: '1', quiet: true };

const stack = findStack(process.env);
const hideStreets = await showStreets(cityOf(DAY.seed), streetsFileOf(ROOT));
const ended = new AbortController();
const day = runDay(DAY, { stack, print: () => undefined, interrupted: ended.signal });
try {
  await pause(UNDER_WAY_MS);
  await takeAll(stack);
} finally {
  ended.abort();
  await day;
  await hideStreets();
}

async function takeAll({ operationsUrl, jwtSecret, bookingUrl }: StackAddress): Promise<void> {
  await installMissing(['chromium'], () => undefined);
  await mkdir(IMAGES, { recursive: true });
  const browser = await chromium.launch({
    executablePath: findProgram('chromium') ?? 'chromium',
    args: CHROMIUM_FLAGS,
  });
  const open = async (colorScheme: 'light' | 'dark') => {
    const context = await browser.newContext({ viewport: SIZE, colorScheme });
    return signIn(context, consoleLink(operationsUrl, { secret: jwtSecret, sub: 'ada' }));
  };
  const { token } = createPerson('admin', 0, { secret: jwtSecret, ttlSeconds: SECONDS });
  const answer = await fetch(`${bookingUrl}/v1/bookings?status=In%20Transit&limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items = [] } = parseJson(await answer.text()) as { items?: { booking_id: string; driver_id: string }[] }; // as the contract has it
  const [booking] = items;
  if (!booking) throw new Error('nothing is under way in the city');
  const pages: Record<string, string> = {
    map: 'map',
    board: 'bookings',
    booking: `bookings?id=${booking.booking_id}`,
    drivers: 'drivers',
    driver: `drivers?id=${encodeURIComponent(booking.driver_id)}`,
    ...{ prices: 'prices', figures: 'figures', health: 'health', 'dead-letters': 'dead-letters' },
    ...{ sessions: 'sessions', messages: 'messages' },
  };
  const page = await open('light');
  for (const [name, where] of Object.entries(pages)) await take(page, where, name);
  await take(await open('dark'), 'map', 'map-dark');
  await browser.close();

  async function take(of: Page, where: string, name: string): Promise<void> {
    await of.goto(`${operationsUrl}/#/${where}`);
    await pause(SETTLE_MS);
    await of.screenshot({ path: join(IMAGES, `${name}.png`) });
    process.stdout.write(`docs/images/${name}.png\n`);
  }
}

async function signIn(context: BrowserContext, link: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}
