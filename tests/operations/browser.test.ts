import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signCode } from '@logi/auth';
import { QUEUES } from '@logi/contracts';
import { buildConsole } from '../../tools/stack/console.ts';
import { HAS_CHROMIUM } from '../../tools/testing/browser/chromium.ts';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { book, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';
import { openConsole, openPage, type PageOptions, startBrowser } from './browser.ts';

/* The console as people have it: in a real browser. In each of these, no page asks anybody outside or breaks its policy. */

let system: System;
let url: string;
/** Between the gateway that the console knows and its broker. */
let line: TcpProxy;
let sql: Awaited<ReturnType<typeof openSql>>['sql'];
beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  await buildConsole(process.cwd(), () => undefined);
  system = await startSystem();
  line = await startLine(system.servers.amqpUrl);
  const gateway = await system.start.gateway({ AMQP_URL: line.url(system.servers.urls.gateway.amqpUrl) });
  const operations = await system.start.operations({ GATEWAY_URL: `http://127.0.0.1:${gateway.port()}` });
  url = `http://127.0.0.1:${operations.port()}`;
  const opened = await openSql(system.servers.databaseUrl);
  closeLater(() => opened.close());
  sql = opened.sql;
  await startBrowser();
});
afterAll(() => system?.stop());
beforeEach(async () => {
  await sql?.('truncate operations.dead_letter');
});

const link = (sub = 'ada') => `${url}/#code=${signCode({ sub, secret: system.secret })}`;

/** Signed in, and at this place. */
async function open(place: string, options?: PageOptions) {
  const page = await openConsole({ url, secret: system.secret, ...options });
  await page.goto(`${url}/#/${place}`);
  return page;
}

type Letter = { messageId?: string; body?: string; reason?: string };

async function keepLetter({ messageId = randomUUID(), body = '{}', reason = 'a bug' }: Letter): Promise<void> {
  await sql(
    `insert into operations.dead_letter (queue, message_id, type, reason, attempt, died_at, headers, body)
     values ($1, $2, 'driver.status_changed', $3, 5, now(), '{}', $4)`,
    [QUEUES.bookingTrackingEvents, messageId, reason, Buffer.from(body)],
  );
}

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;

inBrowser('signing in', () => {
  test('the printed link signs in once; its code does not stay in the address', async () => {
    const once = link('ada of the night');
    const page = await openPage(once);
    await page.getByText('ada of the night').waitFor();
    await page.getByRole('heading', { name: /All is well|thing/ }).waitFor();
    expect(page.url()).not.toContain('code');
    const again = await openPage(once);
    await again.getByText('The sign-in code has been used').waitFor();
    await again.getByText('sign_in_code_used').waitFor();
  });

  test('a pasted token of an admin is taken, and any other is refused with a reason', async () => {
    const page = await openPage(url);
    const sign = async (pasted: string) => {
      await page.getByLabel('Link, code or token').fill(pasted);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await sign('nonsense');
    await page.getByText('unauthenticated').waitFor();
    await sign(system.token('driver', 'dave'));
    await page.getByText('This is not an admin’s token').waitFor();
    await sign(system.token('admin', 'eve'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Link, code or token').waitFor();
  });

  test('that the session ends is told, and another token goes on with it', async () => {
    const page = await openPage(url);
    await page.getByLabel('Link, code or token').fill(system.token('admin', 'short', 4));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Your session ends in').waitFor();
    await page.getByText('Your session has ended').waitFor();
    await page.getByLabel('Link, code or token').fill(link());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('59 min left').waitFor();
    expect(await page.getByText('Your session has ended').count()).toBe(0);
  });
});

inBrowser('dead letters', () => {
  test('one is read and replayed, and the audit has who did it', async () => {
    const driverId = `driver ${randomUUID()}`;
    const data = { driver_id: driverId, status: 'Available' };
    const event = { event_id: randomUUID(), type: 'driver.status_changed', aggregate_id: driverId, version: 1, data };
    await keepLetter({
      messageId: event.event_id,
      body: JSON.stringify({ ...event, occurred_at: new Date().toISOString() }),
      reason: 'a bug that was mended',
    });
    const page = await open('dead-letters');
    await page.getByText('a bug that was mended').click();
    await page.getByText(driverId).first().waitFor();
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByText(/Sent back to/).waitFor();
    await page.getByText('Nothing waits.').waitFor();
    await eventually(async () => {
      expect(await sql('select status from booking.driver where driver_id = $1', [driverId])).toHaveLength(1);
    });
    await page.goto(`${url}/#/sessions?tab=audit`);
    await page.getByText('dead_letters.replayed').first().waitFor();
    await page.getByText(event.event_id).waitFor();
  });

  long('several are discarded at once, by the keyboard alone', async () => {
    for (const reason of ['first', 'second', 'third']) await keepLetter({ reason });
    const page = await open('dead-letters');
    await page.getByText('third').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ir'); // in `first` and `third`
    await page.getByText('second').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByText('third').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await page.keyboard.press('a');
    await page.getByText('2 letters chosen').waitFor();
    await page.getByRole('button', { name: 'Discard' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).press('Enter');
    await page.getByText('Discarded 2 letters').waitFor();
    expect(await sql('select reason from operations.dead_letter where fate is null')).toEqual([{ reason: 'second' }]);
  });

  long('what somebody else has decided meanwhile is told, with the code and the request', async () => {
    await keepLetter({ reason: 'contested' });
    const page = await open('dead-letters');
    await page.getByText('contested').click();
    await page.getByRole('button', { name: 'Replay' }).waitFor();
    await sql(`update operations.dead_letter set fate = 'discarded', decided_by = 'bob', decided_at = now()`);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    const toast = page.getByRole('alert');
    await toast.getByText('dead_letter_decided').waitFor();
    await toast.getByText(/request/).waitFor();
  });

  test('nothing that a stranger has written runs, or turns letters round', async () => {
    const evil = `<img src=x onerror=alert(1)>\u202e${'𝒳'.repeat(90)}`;
    await keepLetter({ messageId: evil, reason: evil, body: `<script>alert(1)</script>${evil}` });
    const page = await open('dead-letters');
    await page.getByText('\\u{202e}').first().click();
    await page.getByRole('complementary').getByText('<script>').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.content()).not.toContain('\u202e');
  });

  test('a browser’s clock that is an hour wrong makes nothing an hour older', async () => {
    await keepLetter({ reason: 'just now' });
    const page = await open('dead-letters', { clockLeadMs: 3_600_000 });
    await page.getByText('59 min left').waitFor();
    await page
      .getByText(/^(now|\d+ s ago)$/)
      .first()
      .waitFor();
  });
});

inBrowser('sessions', () => {
  test('one is found and ended, and its app is told', async () => {
    const socket = await TestSocket.connect(`${url.replace('http', 'ws')}/ws?token=${system.token('user', 'una <b>')}`);
    const page = await open('sessions');
    await page.getByText('una <b>').click();
    await page.getByRole('button', { name: 'End session' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    expect((await socket.closed).code).toBe(4410);
    await page.getByText('The session is ended').waitFor();
    await page.getByText('una <b>').first().waitFor({ state: 'detached' });
  });

  long('somebody is put out and let in again', async () => {
    const page = await open('sessions?tab=blocks');
    await page.getByLabel('Whom').fill('mallory');
    await page.getByRole('button', { name: 'Put out' }).click();
    await page.getByLabel('Why, for the record').fill('spam');
    await page.getByRole('dialog').getByRole('button', { name: 'Put out' }).click();
    await page.getByText('spam').waitFor();
    await page.getByRole('button', { name: 'Let in' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Let in' }).click();
    await page.getByText('Nobody is put out.').waitFor();
  });
});

inBrowser('messages', () => {
  test('what several people are told stands side by side, and frames can be sent', async () => {
    const page = await open('messages');
    const listen = async (role: 'user' | 'admin', sub: string, mode: string) => {
      await page.getByLabel('Role').selectOption(role);
      await page.getByLabel('Who').fill(sub);
      await page.getByLabel('Mode').selectOption(mode);
      await page.getByLabel('Their token').first().fill(system.token(role, sub));
      await page.getByRole('button', { name: 'Listen', exact: true }).first().click();
      const socket = page.getByRole('region', { name: `${role} ${sub}, ${mode}` });
      await socket.getByText('open', { exact: true }).waitFor();
      return socket;
    };
    const alice = await listen('user', 'alice', 'logi.v2');
    const root = await listen('admin', 'root', 'default');
    await alice.getByText('hello', { exact: true }).waitFor();
    await alice.getByRole('button', { name: 'ping' }).click();
    await alice.getByText('pong', { exact: true }).waitFor();
    const { booking_id } = await book(system, 'alice', { at: place(7) });
    await alice.getByText('new_booking_request').waitFor();
    await root.getByText('status_update').first().waitFor();
    await page.getByLabel('raw').check();
    await alice.getByText(booking_id).first().waitFor();
    await alice.getByLabel('Frame').fill('no JSON');
    await alice.getByRole('button', { name: 'send' }).click();
    await alice.getByText('closed 4400').waitFor();
  });

  long('a token that is not good is told in the gateway’s words', async () => {
    const page = await open('messages');
    await page.getByLabel('Who').fill('nobody');
    await page.getByLabel('Their token').fill('nonsense');
    await page.getByRole('button', { name: 'Listen', exact: true }).click();
    await page.getByText(/unauthenticated/).waitFor();
  });
});

inBrowser('what the page says of itself', () => {
  test('that the broker is away, and that it is back', async () => {
    const page = await open('health');
    await page.getByText('live', { exact: true }).waitFor();
    await line.close();
    await page.getByText(/The broker is away since/).waitFor();
    await line.reopen();
    await page.getByText(/The broker is away since/).waitFor({ state: 'detached' });
    await page.getByText('live', { exact: true }).waitFor();
  });

  long.each(['health', 'dead-letters', 'sessions', 'sessions?tab=blocks', 'sessions?tab=audit', 'messages'])(
    '%s fits on a phone',
    async (name) => {
      const page = await open(name, { isPhone: true });
      await page.getByRole('main').waitFor();
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(390);
    },
  );
});
