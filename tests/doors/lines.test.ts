import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEVELOPMENT_SECRET, signToken } from '@logi/auth';
import { findPorts } from '../../tools/stack/processes/ports.ts';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call, callText } from '../support/http.ts';
import { rawRequest } from '../support/raw/raw-http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';

let servers: TestServers;
beforeAll(async () => {
  servers = await createTestServers();
});
afterAll(() => servers.discard());

function startBooking(settings: Record<string, string> = {}): Promise<StartedService & { pid?: number }> {
  const { amqpUrl, databaseUrl } = servers.urls.booking;
  return startService('booking', {
    ...{ BOOKING_PORT: '0', LOG_LEVEL: 'debug', AMQP_URL: amqpUrl, DATABASE_URL: databaseUrl },
    ...settings,
  });
}

function openLine(url: string): Socket {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  closeLater(() => socket.destroy());
  socket.on('error', () => undefined);
  return socket;
}

/** PostgreSQL tells of what a connection did a second later. */
const STATISTICS_MS = 1_500;
const GET = 'GET /openapi.json HTTP/1.1\r\nhost: logi\r\n\r\n';
const NO_LIMITS = { MAX_REQUESTS_PER_CONNECTION: '1000000', KEEP_ALIVE_MS: '600000', UNREAD_ANSWER_MS: '600000' };

/** How many answers a line brings that asks so often at once. */
async function pipelined(url: string, requests: number): Promise<number> {
  const socket = openLine(url);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.write(GET.repeat(requests));
  const answers = () => text.split('HTTP/1.1 200').length - 1;
  await Promise.race([once(socket, 'close'), eventually(() => expect(answers()).toBe(requests))]);
  return answers();
}

test('a line is answered so often and no more, however many requests it brings at once', async () => {
  const [harmed, booking] = await Promise.all([startBooking(NO_LIMITS), startBooking()]);
  expect(await pipelined(harmed.url, 200)).toBe(200);
  expect(await pipelined(booking.url, 200)).toBe(20);
  expect(await pipelined(booking.url, 5)).toBe(5);
});

test('lines that ask and do not read are cut, and cost little memory', async () => {
  const residentOf = async ({ url }: StartedService) => readMetric(url, 'process_resident_memory_bytes');
  const fill = async (service: StartedService) => {
    await callText(`${service.url}/openapi.json`);
    const before = await residentOf(service);
    const lines = Array.from({ length: 8 }, () => openLine(service.url).pause());
    for (const line of lines) line.write(GET.repeat(1_600));
    await sleep(1_000); // all of it has been taken in
    return { lines, grownBytes: (await residentOf(service)) - before };
  };
  const harmed = await fill(await startBooking(NO_LIMITS));
  const booking = await startBooking({ KEEP_ALIVE_MS: '500', UNREAD_ANSWER_MS: '1000' });
  const { lines, grownBytes } = await fill(booking);
  expect(grownBytes).toBeLessThan(100_000_000);
  await eventually(async () => {
    const open = await openLinesOf(booking);
    expect(open).toBeLessThan(lines.length);
  });
  expect(harmed.lines.every((line) => !line.destroyed)).toBe(true);
});

/** Established connections to its port, as the kernel has them. */
async function openLinesOf({ url }: StartedService): Promise<number> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const table = await readFile('/proc/net/tcp', 'utf8');
  return table.split('\n').filter((line) => new RegExp(`^\\s*\\d+: \\w+:${port} \\w+:\\w+ 01 `).test(line)).length;
}

test('more lines than MAX_TCP_CONNECTIONS are cut off, and counted', async () => {
  const booking = await startBooking({ MAX_TCP_CONNECTIONS: '10', KEEP_ALIVE_MS: '100' });
  const lines = Array.from({ length: 30 }, () => openLine(booking.url));
  const isCut = (line: Socket) => line.destroyed || line.readyState === 'closed';
  await eventually(() => expect(lines.filter(isCut).length).toBeGreaterThanOrEqual(20));
  for (const line of lines) line.destroy();
  await eventually(async () => {
    expect(await readMetric(booking.url, 'logi_tcp_connections_dropped_total')).toBeGreaterThanOrEqual(20);
  });
});

test('with METRICS_PORT, /metrics is there and on no other port, and nothing else is there', async () => {
  const { port } = await findPorts({ port: [] });
  const booking = await startBooking({ METRICS_PORT: String(port) });
  const elsewhere = `http://127.0.0.1:${port}`;
  expect((await callText(`${elsewhere}/metrics`)).text).toContain('logi_http_request_seconds');
  expectRefusal(await call('GET', `${booking.url}/metrics`), 'not_found');
  for (const path of ['/', '/healthz', '/openapi.json', '/v1/bookings']) {
    expect((await fetch(`${elsewhere}${path}`)).status).toBe(404); // the documents are of the other port
  }
  expect((await call('GET', `${booking.url}/healthz`)).status).toBe(200);
  expect(await booking.kill('SIGTERM')).toBe(0);
});

test('an upload that breaks off is not the database’s fault', async () => {
  const booking = await startBooking();
  const token = signToken({ role: 'user', sub: 'ana', ttlSeconds: 60, secret: DEVELOPMENT_SECRET });
  for (const reset of [true, false]) {
    const line = openLine(booking.url);
    const headers = ['content-type: application/json', 'content-length: 1000', `authorization: Bearer ${token}`];
    line.write(rawRequest('POST /v1/bookings', headers, '{"pickup'));
    await sleep(100); // it has begun
    if (reset) line.resetAndDestroy();
    else line.destroy();
    await within(once(line, 'close'), 'the end of the line');
  }
  expect((await call('GET', `${booking.url}/readyz`)).status).toBe(200);
  expect(booking.output()).not.toMatch(/database away|request failed|"level":"error"/);
});

test('readiness is asked of the database once for however many ask', async () => {
  const booking = await startBooking({ DISPATCH_POLL_MS: '10000' });
  const { sql, close } = await openSql(servers.databaseUrl);
  closeLater(close);
  const looks = async () => {
    await sleep(STATISTICS_MS);
    const [row] = await sql(
      `select seq_scan::int as looks from pg_stat_user_tables where schemaname = 'booking' and relname = 'booking'`,
    );
    return Number(row?.['looks'] ?? 0);
  };
  const before = await looks();
  await Promise.all(Array.from({ length: 300 }, () => call('GET', `${booking.url}/readyz`)));
  expect((await looks()) - before).toBeLessThan(100);
});
