import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildConsole } from '../../tools/stack/console.ts';
import { findPorts } from '../../tools/stack/processes/ports.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call, callText } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let url: string;
beforeAll(async () => {
  await buildConsole(process.cwd(), () => undefined);
  system = await startSystem();
  url = `http://127.0.0.1:${(await system.start.operations()).port()}`;
});
afterAll(() => system.stop());

const POLICY = /^default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; /;

test('the page loads nothing but what this service serves, and may be put into no frame', async () => {
  const { response, text } = await callText(`${url}/`);
  expect(response.status).toBe(200);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(POLICY);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|blob:|https?:|\*/);
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(text).not.toMatch(/https?:\/\/|<script>|style=|onload=/);
});

test('its files are kept for ever, come compressed, and have the same policy', async () => {
  const { text } = await callText(`${url}/`);
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(text) ?? [];
  const { response } = await callText(`${url}${script}`, { headers: { 'accept-encoding': 'gzip' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(response.headers.get('content-security-policy')).toMatch(POLICY);
});

test.each([
  '/assets/',
  '/assets/nothing.js',
  '/assets/../index.html',
  '/assets/%2e%2e/index.html',
  '/index.html',
  '/src/main.ts',
])('%s is nothing that is served', async (path) => {
  const { response, text } = await callText(`${url}${path}`);
  expect(response.status).toBe(404);
  expect(JSON.parse(text).error.code).toBe('not_found');
});

test('an operator’s own map may be asked for, and nobody else; a file of it is served in pieces', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'logi-map-')), 'city.pmtiles');
  await writeFile(file, 'PMTiles of a city');
  const { port } = await system.start.operations({
    MAP_STYLE_URL: 'https://maps.example/style.json?key=1',
    MAP_TILES_URL: 'https://tiles.example:444/{z}/{x}/{y}.png',
    MAP_PMTILES: file,
  });
  const own = `http://127.0.0.1:${port()}`;
  const policy = (await callText(`${own}/`)).response.headers.get('content-security-policy');
  expect(policy).toContain("connect-src 'self' https://maps.example https://tiles.example:444;");
  expect(policy).toContain("script-src 'self';");
  const { body } = await call('GET', `${own}/v1/session`, { token: system.token('admin', 'ada') });
  expect(body.map).toEqual({
    style_url: 'https://maps.example/style.json?key=1',
    tiles_url: 'https://tiles.example:444/{z}/{x}/{y}.png',
    has_file: true,
  });
  const piece = await callText(`${own}/map/tiles.pmtiles`, { headers: { range: 'bytes=8-9' } });
  expect(piece.response.status).toBe(206);
  expect(piece.text).toBe('of');
  expect((await callText(`${url}/map/tiles.pmtiles`)).response.status).toBe(404);
});

test('streets that somebody has drawn are there for as long as their file', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'logi-map-')), 'streets.geojson');
  const { port } = await system.start.operations({ MAP_STREETS: file });
  const streets = () => callText(`http://127.0.0.1:${port()}/map/streets.geojson`);
  expect((await streets()).response.status).toBe(204);
  await writeFile(file, '{"type":"FeatureCollection","features":[]}');
  expect((await streets()).text).toBe('{"type":"FeatureCollection","features":[]}');
  await rm(file);
  expect((await streets()).response.status).toBe(204);
});

test('no file of it is of the developers alone', () => {
  expect(globSync('services/operations/dist/**/*.map')).toEqual([]);
});

test('health says in words what is not as it should be, and what to do', async () => {
  const health = async () => (await call('GET', `${url}/v1/health`, { token: system.token('admin', 'ada') })).body;
  await eventually(async () =>
    expect(await health()).toMatchObject({ has_broker: true, has_database: true, findings: [] }),
  );
  const { services, queues } = await health();
  expect(services.map(({ service, state }: { service: string; state: string }) => [service, state])).toEqual([
    ['booking', 'ready'],
    ['tracking', 'ready'],
    ['gateway', 'ready'],
  ]);
  expect(services[0].outbox_oldest_seconds).toEqual(expect.any(Number));
  expect(services[2].stream_lag_seconds).toEqual(expect.any(Number));
  expect(queues).toContainEqual({
    queue: 'booking.tracking-events',
    kind: 'work',
    exists: true,
    messages: 0,
    consumers: 1,
  });
  await system.tracking.stop();
  await eventually(async () => {
    const { findings } = await health();
    expect(findings).toContainEqual(expect.objectContaining({ level: 'act', code: 'service_away', about: 'tracking' }));
    expect(findings).toContainEqual(expect.objectContaining({ code: 'no_consumer', about: 'tracking.booking-events' }));
    for (const { says, to_do } of findings) expect([says, to_do].every((text: string) => text.length > 10)).toBe(true);
  });
});

test('figures are found on the port that the services have for them', async () => {
  const { port } = await findPorts({ port: [] });
  const gateway = await system.start.gateway({ METRICS_PORT: String(port) });
  const operations = await system.start.operations({
    GATEWAY_URL: `http://127.0.0.1:${gateway.port()}`,
    SERVICES_METRICS_PORT: String(port),
  });
  await eventually(async () => {
    const { body } = await call('GET', `http://127.0.0.1:${operations.port()}/v1/health`, {
      token: system.token('admin', 'ada'),
    });
    expect(body.services[2].stream_lag_seconds).toEqual(expect.any(Number));
  });
});
