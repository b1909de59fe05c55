import { afterEach, expect } from '@jest/globals';
import { signCode } from '@logi/auth';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildConsole } from '../../tools/stack/console.ts';
import { findProgram, installMissing } from '../../tools/stack/servers/packages.ts';
import { CHROMIUM_FLAGS } from '../../tools/testing/browser/chromium.ts';
import { closeLater } from '../support/cleanup.ts';
import { type System, startSystem } from '../support/services/system.ts';

/** So much may pass before a locator gives up. */
const PATIENCE_MS = 20_000;

let browser: Browser | undefined;
/** What no page may do: ask somebody else than whom it came from, break its policy, or throw. */
const offences: string[] = [];

/** Closed with the file, since one start serves all its tests. */
export async function startBrowser(): Promise<void> {
  await installMissing(['chromium'], () => undefined);
  const executablePath = findProgram('chromium') ?? 'chromium';
  browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  closeLater(() => browser?.close());
}

afterEach(() => {
  expect(offences.splice(0)).toEqual([]);
});

export type PageOptions = { clockLeadMs?: number; isPhone?: boolean; isDark?: boolean };

/** A page with an empty profile of its own. */
export async function openPage(
  url: string,
  { clockLeadMs = 0, isPhone = false, isDark = false }: PageOptions = {},
): Promise<Page> {
  if (!browser) throw new Error('startBrowser comes first');
  const context = await browser.newContext({
    colorScheme: isDark ? 'dark' : 'light',
    viewport: isPhone ? { width: 390, height: 780 } : { width: 1280, height: 800 },
  });
  closeLater(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  if (clockLeadMs !== 0) await context.addInitScript(shiftClock, clockLeadMs);
  const page = await context.newPage();
  const { origin } = new URL(url);
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) offences.push(`asks ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) offences.push(`connects to ${socket.url()}`);
  });
  page.on('pageerror', (err) => offences.push(`throws ${err.stack}`));
  page.on('dialog', (dialog) => {
    offences.push(`opens ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) offences.push(message.text());
  });
  await page.goto(url);
  return page;
}

export type ConsoleOptions = PageOptions & { url: string; secret: string; sub?: string };

/** Signed in by a link of its own. */
export async function openConsole({ url, secret, sub = 'ada', ...options }: ConsoleOptions): Promise<Page> {
  const page = await openPage(`${url}/#code=${signCode({ sub, secret })}`, options);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

/** A system with a console beside it, and a browser; the address of the console. */
export async function startConsole(): Promise<{ system: System; url: string }> {
  await buildConsole(process.cwd(), () => undefined);
  const system = await startSystem();
  const url = `http://127.0.0.1:${(await system.start.operations()).port()}`;
  await startBrowser();
  return { system, url };
}

/** Runs in the page. */
function shiftClock(leadMs: number): void {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(Real.now() + leadMs);
      else super(...(given as [number])); // whatever a Date is made of
    }

    static override now(): number {
      return Real.now() + leadMs;
    }
  } as DateConstructor; // nobody calls it without `new`
}
