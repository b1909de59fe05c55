import { afterAll, beforeAll, expect } from '@jest/globals';
import { CONTROL_TYPES, PROTOCOL_V2, type Role } from '@logi/contracts';
import { createRandom, type Random } from '../../tools/testing/random.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { documentedCloses, hostileFrame, type SocketKind } from '../support/api/hostile-frames.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { belongings, liveThrough } from '../support/people/bystanders.ts';
import { gatewayReads, place } from '../support/people/people.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

/*
 * Everything that clients may say by sockets, said by people who wish us ill. The sockets are those of processes of their
 * own, whose logs tell what broke. A session that fails is played again by its number: it is made of the seed and the number
 * alone. That each message of a server is a documented one, `TestSocket` holds.
 */

const SEED = process.env['FUZZ_SEED'] ?? 'logi';
const LANES = 8;
const MOST_FRAMES = 30;

type Door = { socket: SocketKind; role: Role; sub: string };
const DOORS: Door[] = [
  ...(['default', 'v2'] as const).flatMap((socket) => [
    { socket, role: 'user' as const, sub: 'eve' },
    { socket, role: 'driver' as const, sub: 'mal' },
    { socket, role: 'admin' as const, sub: 'ops' },
  ]),
  ...['mal', 'max', 'mia', 'moe'].map((sub) => ({ socket: 'stream' as const, role: 'driver' as const, sub })),
];

let system: System;
let database: { sql: Rows; close: () => Promise<void> };
let gateway: StartedService;
let tracking: StartedService;
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
  const { urls } = system.servers;
  const env = { JWT_SECRET: system.secret, LOG_LEVEL: 'info', MAX_FRAMES_PER_SECOND: '10000' };
  [gateway, tracking] = await Promise.all([
    startService('gateway', { ...env, GATEWAY_PORT: '0', AMQP_URL: urls.gateway.amqpUrl }),
    startService('tracking', {
      ...{ ...env, TRACKING_PORT: '0' },
      ...{ DATABASE_URL: urls.tracking.databaseUrl, AMQP_URL: urls.tracking.amqpUrl },
    }),
  ]);
  await gatewayReads(system);
  for (const { url } of [gateway, tracking])
    await eventually(async () => expect((await call('GET', `${url}/readyz`)).status).toBe(200));
  await liveThrough(system, { user: 'vic', driver: 'val', at: 1 });
  await liveThrough(system, { user: 'eve', driver: 'mal', at: 50 });
});
afterAll(async () => {
  await database.close();
  await Promise.all([gateway, tracking].map(({ kill }) => kill('SIGTERM')));
  await system.stop();
});

function enter({ socket, role, sub }: Door): Promise<TestSocket> {
  const { url } = socket === 'stream' ? tracking : gateway;
  return TestSocket.connect(`${url.replace('http', 'ws')}${socket === 'stream' ? '/v1/stream' : '/ws'}`, {
    headers: { authorization: `Bearer ${system.token(role, sub, 36_000)}` },
    ...(socket === 'v2' && { protocols: [PROTOCOL_V2] }),
  });
}

/** Says things until the server has had enough. How many there were, and how it ended. */
async function play(random: Random, tokens: readonly string[]): Promise<{ sent: number; end: string }> {
  const door = random.pick(DOORS);
  const socket = await enter(door);
  const count = Math.ceil(random.between(0, MOST_FRAMES));
  let sent = 0;
  for (; sent < count && socket.closedWith === undefined; sent += 1) {
    const { fragments, isBinary } = hostileFrame(random, door.socket, tokens);
    for (const [n, fragment] of fragments.entries())
      socket.send(fragment, { binary: isBinary, fin: n === fragments.length - 1 });
    if (random.chance(0.7)) await socket.caughtUp();
  }
  await socket.caughtUp();
  const code = socket.closedWith?.code;
  if (code !== undefined) expect(documentedCloses(door.socket)).toContain(code);
  else await socket.close();
  return { sent, end: `${door.socket} ${code ?? 'stays'}` };
}

async function fuzz(count: number): Promise<Map<string, number>> {
  const random = createRandom(`${SEED}/frames`);
  const tokens = [
    ...[
      system.token('user', 'eve', 36_000),
      system.token('driver', 'mal', 36_000),
      system.token('admin', 'ops', 36_000),
    ],
    ...[system.token('user', 'vic'), system.token('user', 'eve', -60), 'none'],
  ];
  const ends = new Map<string, number>();
  let session = 0;
  let said = 0;
  const lanes = Array.from({ length: LANES }, async () => {
    while (said < count) {
      const number = session;
      session += 1;
      const { sent, end } = await play(random.fork(String(number)), tokens).catch((cause: unknown) => {
        throw new Error(`session ${number} of ${SEED}/frames`, { cause });
      });
      said += sent;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  });
  await Promise.all(lanes);
  return ends;
}

/** What is told of them while they do nothing: that val is no longer heard of, where val was, and what is about the line. */
const OF_THEMSELVES: readonly string[] = ['driver_signal', ...CONTROL_TYPES];

function isOfOthers({ type, payload }: TestSocket['messages'][number]): boolean {
  if (type === 'driver_location') return payload.latitude !== place(1).latitude;
  return !OF_THEMSELVES.includes(type);
}

const SIZES = { short: 500, long: 25_000 };

inTwoSizes(
  'whatever is said by sockets, answers and ends are documented, and nobody else hears or loses anything',
  SIZES,
  {
    timeoutMs: 1_800_000,
    run: async (count) => {
      const before = await belongings(database.sql);
      const bystanders = await Promise.all([
        enter({ socket: 'default', role: 'user', sub: 'vic' }),
        enter({ socket: 'v2', role: 'user', sub: 'vic' }),
        enter({ socket: 'v2', role: 'driver', sub: 'val' }),
        enter({ socket: 'stream', role: 'driver', sub: 'val' }),
      ]);
      const [ofUser, , , stream] = bystanders;

      const ends = await fuzz(count);

      await Promise.all(bystanders.map((each) => each.caughtUp()));
      expect(bystanders.flatMap(({ messages }) => messages.filter(isOfOthers))).toEqual([]);
      expect(bystanders.map(({ closedWith }) => closedWith)).toEqual(bystanders.map(() => undefined));
      expect(await belongings(database.sql)).toEqual(before);
      const seen = [gateway, tracking].flatMap(({ output }) => output().split('\n'));
      expect(seen.filter((line) => /"level":"(error|fatal)"|^\s+at /.test(line))).toEqual([]);
      expect([...ends.keys()]).toEqual(expect.arrayContaining(['default 4400', 'v2 4400', 'stream 4400']));

      const next = { ...place(1), longitude: place(1).longitude + 0.0001 };
      stream.send(JSON.stringify({ type: 'location_update', payload: next }));
      await ofUser.find(({ type, payload }) => type === 'driver_location' && payload.longitude === next.longitude);
    },
  },
);
