import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { connectOnce, reachDatabase } from '@logi/persistence';
import { findPostgres } from '../../tools/stack/servers/packages.ts';
import { type PostgresPair, startPostgresPair } from '../../tools/stack/servers/postgres-pair.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { actors } from '../support/people/actors.ts';
import { forEach, place } from '../support/people/people.ts';
import { serversOfTheRun } from '../support/servers.ts';
import { startSystem } from '../support/services/system.ts';

/** So many of them are answered when the primary is killed. */
const KILLED_AFTER_SHARE = 0.4;

// It must be able to kill the servers, so containers will not do.
if (findPostgres() !== undefined) {
  inTwoSizes(
    'what a driver was told is accepted stays so when the primary dies',
    { short: 40, long: 500 },
    {
      run: keepWhatWasTold,
      timeoutMs: 280_000,
    },
  );
  long('what a driver was told is gone with the primary where the standby is behind and not synchronous', async () => {
    const pair = await startPair({ isSynchronous: false });
    const { told, kept } = await acceptWhileThePrimaryDies(pair, { accepts: 10, before: pair.fallBehind });
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((booking) => kept.has(booking))).toEqual([]);
  });
  test('a standby that is not synchronous is warned of', async () => {
    const pair = await startPair({ isSynchronous: false });
    expect((await reachDatabase(pair.url)).risk).toContain('none that is synchronous');
    await pair.makeSynchronous();
    expect((await reachDatabase(pair.url)).risk).toBeUndefined();
  });
} else test.skip('a failover needs PostgreSQL installed here', () => undefined);

async function startPair({ isSynchronous = true } = {}): Promise<PostgresPair> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'logi-pair-'));
  await chmod(dataDirectory, 0o711); // the server's user passes through
  closeLater(async () => rmSync(dataDirectory, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const pair = await startPostgresPair({ dataDirectory, durable: false, log: () => undefined, signal, isSynchronous });
  closeLater(() => pair.stop());
  return pair;
}

async function keepWhatWasTold(accepts: number): Promise<void> {
  const { told, kept } = await acceptWhileThePrimaryDies(await startPair(), { accepts });
  expect(told.filter((booking) => !kept.has(booking))).toEqual([]);
  expect(told.length).toBeGreaterThanOrEqual(accepts * KILLED_AFTER_SHARE);
}

type Accepts = { accepts: number; before?: () => Promise<void> };

/** Which bookings drivers were told are theirs, and which of those are on record after the failover. */
async function acceptWhileThePrimaryDies(
  pair: PostgresPair,
  { accepts, before = () => Promise.resolve() }: Accepts,
): Promise<{ told: string[]; kept: Set<string> }> {
  const { amqpUrl, managementUrl } = serversOfTheRun();
  const settings = { OFFER_TIMEOUT_MS: '60000', SEARCH_TIMEOUT_MS: '120000' };
  const system = await startSystem(settings, { databaseUrl: pair.url, amqpUrl, managementUrl });
  const people = actors(system);
  const numbers = Array.from({ length: accepts }, (_, i) => i);
  const bookings: string[] = [];
  // Each pair of user and driver is alone in its place, so that nobody is asked about another's booking.
  await forEach(numbers, async (i) => {
    const at = place(i);
    await people.goOnDuty(`driver ${i}`, at);
    const { booking_id: booking } = await people.book(`user ${i}`, { pickup: at });
    bookings[i] = booking;
    await people.askedDriver(booking);
  });

  await before();
  const told: string[] = [];
  let failover: Promise<void> | undefined;
  await forEach(numbers, async (i) => {
    const booking = bookings[i] ?? '';
    const { status } = await people.accept(`driver ${i}`, booking).catch(() => ({ status: 0 }));
    if (status === 200) told.push(booking);
    if (told.length >= accepts * KILLED_AFTER_SHARE) failover ??= pair.failOver();
  });
  await failover;

  await eventually(() => people.show(bookings[0] ?? ''));
  const database = await connectOnce(system.servers.databaseUrl, {});
  closeLater(() => database.end());
  const { rows } = await database.query<{ id: string }>(
    `select booking_id as id from booking.history where to_status = 'Accepted'`,
  );
  return { told, kept: new Set(rows.map(({ id }) => id)) };
}
