import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import { findProgram, installMissing } from '../../tools/stack/servers/packages.ts';
import { CHROMIUM_FLAGS, HAS_CHROMIUM } from '../../tools/testing/browser/chromium.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { callText } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let origins: string[];
beforeAll(async () => {
  system = await startSystem();
  origins = [system.bookingUrl, system.trackingUrl, system.gatewayUrl.replace('ws', 'http')];
});
afterAll(() => system.stop());

test('every service shows its calls at /docs, and lets the page ask nobody else', async () => {
  for (const origin of origins) {
    const { response, text } = await callText(`${origin}/docs`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; .*connect-src 'self'/,
    );
    expect(text).not.toMatch(/https?:\/\//);
  }
});

test('the viewer is sent compressed, also plain to whoever asks so, and kept by browsers', async () => {
  const ask = (encoding: string) =>
    callText(`${system.bookingUrl}/docs/scalar.js`, { headers: { 'accept-encoding': encoding } });
  await (await fetch(`${system.bookingUrl}/docs/scalar.js`)).arrayBuffer(); // the first reader waits for as long as it takes
  const [small, plain] = [await ask('gzip'), await ask('identity')];
  expect([small, plain].map(({ response }) => response.headers.get('content-encoding'))).toEqual(['gzip', null]);
  expect(small.response.headers.get('cache-control')).toBe('public, max-age=3600');
  expect(small.text).toBe(plain.text);
});

(HAS_CHROMIUM ? test : test.skip)(
  'a reader sees every call, no promotion, and the browser asks nobody outside',
  async () => {
    await installMissing(['chromium'], () => undefined);
    const executablePath = findProgram('chromium') ?? 'chromium';
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
    closeLater(() => browser.close());
    const page = await browser.newPage();
    const asked: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => void asked.push(new URL(request.url()).origin));
    page.on('pageerror', (err) => void faults.push(String(err)));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) faults.push(message.text());
    });
    await page.goto(`${system.bookingUrl}/docs`);
    const seen = await eventually(async () => {
      const text = await page.locator('body').innerText();
      expect(text).toContain('/v1/estimates');
      return text;
    });
    expect(seen).not.toMatch(/Ask AI|Share|Generate SDK|Deploy|Powered by|MCP/);
    expect(new Set(asked)).toEqual(new Set([system.bookingUrl]));
    expect(faults).toEqual([]);
  },
);
