import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { actors, BERLIN } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';
import { spawnTool } from '../support/tool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = 'tools/logi/main.ts';
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+\n$/;
const NOBODY = 'http://127.0.0.1:1';

let system: System;
let copy: TreeCopy;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem();
  act = actors(system);
  copy = await TreeCopy.make(ROOT); // from which no stack runs
});
afterAll(async () => {
  await system.stop();
  await copy.discard();
});

function addresses(): Record<string, string> {
  const { bookingUrl, trackingUrl, gatewayUrl } = system;
  return { BOOKING_URL: bookingUrl, TRACKING_URL: trackingUrl, GATEWAY_URL: gatewayUrl.replace('ws', 'http') };
}

function spawnLogi(args: string[], env: Record<string, string> = {}) {
  return spawnTool(join(copy.directory, SCRIPT), args, { ...addresses(), JWT_SECRET: system.secret, ...env });
}

function logi(args: string[], env: Record<string, string> = {}) {
  return spawnLogi(args, env).ended();
}

const HELP = '"%s --help" says how it is used';
test.each([''])(HELP, saysHowItIsUsed);
long.each([
  'token',
  'check-token',
  'check-config',
  'dlq',
  'dlq discard',
  'sessions',
  'sessions end',
  'blocks',
  'blocks add',
  'blocks lift',
  'privacy',
  'privacy export',
  'privacy erase',
  'watch',
])(HELP, saysHowItIsUsed);

async function saysHowItIsUsed(command: string): Promise<void> {
  const { status, output, errors } = await logi([...command.split(' ').filter(Boolean), '--help']);
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  expect(output).toMatch(new RegExp(`^Usage: node tools/logi/main.ts ${command}`));
}

const WRONG = '%j is a wrong command line: 2, and how it is right';
test.each([[['blocks', 'add', 'user', 'alice', '--until', 'tomorrow']]])(WRONG, isWrong);
long.each([
  [[]],
  [['tokens']],
  [['token', 'boss', 'alice']],
  [['token', 'user', 'alice', '--ttl', '1 hour']],
  [['watch', '--as', 'alice']],
  [['sessions', 'end', '--role', 'user']],
  [['blocks', 'add', 'boss', 'alice']],
  [['privacy', 'erase', 'boss', 'alice']],
  [['privacy', 'export', 'user', 'a'.repeat(129)]],
  [['privacy', 'erase', 'user', 'alice', '--backup-days', 'many']],
  [['check-config', 'notifier']],
])(WRONG, isWrong);

async function isWrong(args: string[]): Promise<void> {
  const { status, output, errors } = await logi(args);
  expect({ status, output }).toEqual({ status: 2, output: '' });
  expect(errors).toContain('Usage: node tools/logi/main.ts');
}

test('a token is printed alone, and its bearer is let in', async () => {
  const { status, output, errors } = await logi(['token', 'user', 'ä. b', '--ttl', '15m']);
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  expect(output).toMatch(TOKEN);
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token: output.trim() })).status).toBe(200);
});

test('a token with an assumed secret is not printed where the stack refuses it, and is where it does not', async () => {
  const unset = { JWT_SECRET: '' };
  const refused = await logi(['token', 'user', 'alice'], unset);
  expect(refused).toMatchObject({ status: 1, output: '' });
  expect(refused.errors).toMatch(/refuses a token signed with the development secret.*JWT_SECRET.*docker compose exec/);

  writeFileSync(join(copy.directory, '.env'), `JWT_SECRET=${system.secret}\n`);
  expect(await logi(['token', 'user', 'alice'], unset)).toMatchObject({
    status: 0,
    output: expect.stringMatching(TOKEN),
    errors: '',
  });

  const alone = await logi(['token', 'user', 'alice', '--json'], { ...unset, BOOKING_URL: NOBODY });
  expect(JSON.parse(alone.output)).toMatchObject({ role: 'user', sub: 'alice', secret_from: '.env' });
  expect(alone.errors).toBe(`no stack answers at ${NOBODY}: signed with the secret in .env\n`);
});

test('a token is judged as the services judge it, and its text is told to nobody', async () => {
  const good = system.token('driver', 'dave');
  const accepted = await logi(['check-token', `Bearer ${good}`]);
  expect(accepted).toMatchObject({ status: 0, errors: '' });
  expect(accepted.output).toMatch(/^good {2}as driver \(`role`\)\naccepted$/m);

  const cut = good.slice(0, -6);
  const refused = await logi(['check-token', cut, '--json']);
  expect(refused.status).toBe(3);
  expect(JSON.parse(refused.output)).toMatchObject({
    accepted: false,
    refusal: 'The token is invalid',
    findings: expect.arrayContaining([{ is_good: false, text: 'with another secret' }]),
  });
  for (const { output, errors } of [accepted, refused])
    for (const part of good.split('.')) expect(output + errors).not.toContain(part.slice(0, -6));
});

test('settings are checked with what they lead to', async () => {
  const { databaseUrl } = system.servers;
  const { amqpUrl } = system.servers.urls.gateway;
  const good = await logi(['check-config'], { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl });
  expect(good).toMatchObject({ status: 0, errors: '' });
  expect(good.output).toMatch(/^good {2}database .*PostgreSQL \S+.* with PostGIS \S+$/m);
  expect(good.output).toMatch(/^good {2}broker .*answers, and lets us in$/m);

  const wrong = new URL(amqpUrl);
  wrong.password = 'wrong';
  const away = {
    DATABASE_URL: 'postgres://logi@127.0.0.1:1/logi',
    AMQP_URL: wrong.href,
    JWT_JWKS_URL: `${NOBODY}/keys`,
  };
  const bad = await logi(['check-config', 'booking', '--json'], { ...away, JWT_SECRET: '' });
  expect(bad.status).toBe(3);
  const { findings } = JSON.parse(bad.output);
  expect(findings.filter(({ level }: { level: string }) => level === 'bad')).toMatchObject([
    { about: expect.stringMatching(/^database/), text: expect.stringContaining('ECONNREFUSED') },
    { about: expect.stringMatching(/^broker/), text: expect.stringContaining('ACCESS') },
    { about: expect.stringMatching(/^keys/) },
  ]);
  expect(bad.output).not.toContain('wrong@');
});

test('an operator sees who is connected, and puts one of them out', async () => {
  const socket = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token('user', 'olga')}`);
  const other = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token('user', 'piet')}`);
  const listed = await logi(['sessions', '--role', 'user', '--json']);
  const items: { sub: string; session_id: string }[] = JSON.parse(listed.output).items;
  expect(items.map(({ sub }) => sub).sort()).toEqual(['olga', 'piet']);
  expect((await logi(['sessions'])).output).toMatch(/^role +sub +session .*\n(user +(olga|piet) .*\n){2}$/);

  const sessionId = items.find(({ sub }) => sub === 'olga')?.session_id ?? '';
  expect(await logi(['sessions', 'end', '--session-id', sessionId])).toMatchObject({ status: 0, output: 'ended 1\n' });
  expect(await socket.closed).toMatchObject({ code: 4410 });
  expect(other.closedWith).toBeUndefined();
  expect(await logi(['sessions', 'end', '--role', 'user', '--sub', 'olga'])).toMatchObject({
    status: 1,
    output: 'ended 0\n',
  });
  expect(await logi(['sessions'], { JWT_SECRET: 'x'.repeat(32) })).toMatchObject({
    status: 1,
    errors: expect.stringContaining('401 unauthenticated'),
  });
  expect(await logi(['sessions'], { GATEWAY_URL: NOBODY })).toMatchObject({
    status: 1,
    errors: `Nothing answers at ${NOBODY}. Start it first: npm start, or docker compose up\n`,
  });
});

test('several people share a screen, in plain text where nobody looks', async () => {
  const screen = spawnLogi(['watch', '--as', 'user:anna', '--as', 'driver:emil']);
  await eventually(() => expect(screen.errors().match(/- connected/g)).toHaveLength(2));
  await act.goOnDuty('emil', BERLIN);
  const { booking_id } = await act.book('anna', { pickup: BERLIN });
  await eventually(() =>
    expect(screen.output()).toMatch(
      new RegExp(`^\\S+ {2}driver emil {2}new_booking_request +booking_id=${booking_id} .*pickup_location=`, 'm'),
    ),
  );
  expect(screen.output()).toContain('user anna    new_booking_request');
  expect(screen.output() + screen.errors()).not.toContain('\u001b');
});

test('a screen whose line breaks comes back, and in logi.v2 has what was told meanwhile', async () => {
  const line = await startLine(`amqp://${new URL(system.gatewayUrl).host}`);
  const url = `http://${new URL(line.url()).host}`;
  const screen = spawnLogi(['watch', '--as', 'user:ines', '--v2', '--json', '--types', 'new_booking_request'], {
    GATEWAY_URL: url,
  });
  await eventually(() => expect(screen.errors()).toContain('- connected'));
  const first = await act.book('ines', { pickup: { latitude: 1, longitude: 1 } });
  await eventually(() => expect(screen.output()).toContain(first.booking_id));
  line.cut();
  const second = await act.book('ines', { pickup: { latitude: 1, longitude: 1 } });
  await eventually(() => expect(screen.errors()).toContain('- connected again'));
  await eventually(() => expect(screen.output()).toContain(second.booking_id));
  const lines = screen
    .output()
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(lines.filter(({ type }) => type === 'new_booking_request')).toHaveLength(2);
});

long('a screen that is refused says why, and ends', async () => {
  const [stranger, unknownType, nobody] = await Promise.all([
    logi(['watch', '--as', 'user:anna'], { JWT_SECRET: 'x'.repeat(32) }),
    logi(['watch', '--as', 'user:anna', '--types', 'nonsense']),
    logi(['watch', '--as', 'user:anna'], { GATEWAY_URL: NOBODY }),
  ]);
  expect(stranger).toMatchObject({ status: 1, errors: expect.stringContaining('401 unauthenticated') });
  expect(unknownType).toMatchObject({ status: 1, errors: expect.stringContaining('the gateway refuses: 400') });
  expect(nobody).toMatchObject({ status: 1, errors: expect.stringContaining('Nothing answers') });
});

test('operators block people, see who is blocked, and let them in again', async () => {
  expect(await logi(['blocks'])).toMatchObject({ status: 0, output: 'nobody is blocked\n' });
  expect(await logi(['blocks', 'add', 'user', 'm. llory', '--reason', 'fraud'])).toMatchObject({
    status: 0,
    output: 'blocked\n',
  });
  const token = system.token('user', 'm. llory');
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(403);
  expect((await logi(['blocks'])).output).toMatch(/^role +sub .*\nuser +m\. llory +whole +lifted .* logi +fraud\n$/);
  const listed = await logi(['blocks', 'list', '--json']);
  expect(JSON.parse(listed.output).items).toMatchObject([{ role: 'user', sub: 'm. llory', reason: 'fraud' }]);
  expect(await logi(['blocks', 'lift', 'user', 'm. llory'])).toMatchObject({ status: 0, output: 'lifted\n' });
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(200);
});
