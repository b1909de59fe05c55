import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { provision } from '../../tools/stack/provision.ts';
import { type Servers, startServers } from '../../tools/stack/servers/servers.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';
import { TestSocket } from '../support/socket.ts';

/** Servers of this file's own: it crashes one of them, and the other files' tests run at the same time. */
let servers: Servers;
let env: Record<string, string>;
/** Behind one address: a driver who is cut off comes back to any of them. */
let processes: StartedService[];
beforeAll(async () => {
  servers = await startServers({ kind: 'auto', onProgress: () => undefined });
  closeLater(() => servers.stop());
  const passwords = { booking: 'booking', tracking: 'tracking', gateway: 'gateway', operations: 'operations' };
  const { tracking: urls } = await provision({ ...servers, passwords, log: () => undefined });
  env = {
    TRACKING_PORT: '0',
    LOG_LEVEL: 'info',
    JWT_SECRET: randomBytes(32).toString('hex'),
    DATABASE_URL: urls.databaseUrl,
    AMQP_URL: urls.amqpUrl,
    MAX_REQUESTS_PER_SECOND: '10000',
    MAX_FRAMES_PER_SECOND: '10000',
  };
});

/** Each test its own: whatever a test has started ends with it. */
beforeEach(async () => {
  processes = [await startService('tracking', env)];
});

/** A fleet whose drivers send on without end, half by requests and half by streams, and note what was acknowledged. */
class Fleet {
  readonly acknowledged = new Set<string>();
  #isOver = false;
  readonly #drivers: Promise<void>[];

  /** Named, so that what one fleet stored is never taken for what another was told is stored. */
  constructor(name: string, size: number) {
    this.#drivers = Array.from({ length: size }, (_, i) => this.#drive(`${name}-${i}`, i % 2 === 0));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#drivers);
  }

  async #drive(driverId: string, byStream: boolean): Promise<void> {
    const token = signToken({ role: 'driver', sub: driverId, ttlSeconds: 3600, secret: env['JWT_SECRET'] ?? '' });
    let stream: TestSocket | undefined;
    let cutOffs = 0;
    for (let seq = 0; !this.#isOver; seq += 5) {
      const url = processes[(seq + cutOffs) % processes.length]?.url ?? '';
      const points = Array.from({ length: 5 }, (_, i) => ({ latitude: 52, longitude: 13, seq: seq + i }));
      try {
        if (byStream) {
          stream ??= await TestSocket.connect(`${url.replace('http', 'ws')}/v1/stream?token=${token}`);
          await sendFrame(stream, points);
        } else {
          const answer = await call('POST', `${url}/v1/locations`, { token, body: { points } });
          if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
        }
        for (const point of points) this.acknowledged.add(`${driverId} ${point.seq}`);
      } catch {
        stream = undefined;
        cutOffs += 1;
        await sleep(20); // the service or its database is away
      }
    }
    await stream?.close();
  }
}

async function sendFrame(stream: TestSocket, payload: { seq: number }[]): Promise<void> {
  stream.send(JSON.stringify({ type: 'location_update', payload }));
  const last = payload.at(-1)?.seq;
  // Not every message is one of the gateway's envelopes: this is an ack.
  await stream.find((message) => 'seq' in message.payload && message.payload.seq === last);
}

async function storedPoints(): Promise<Set<string>> {
  const client = await connectSql(servers.databaseUrl);
  const { rows } = await client.query(`select driver_id || ' ' || seq as point from tracking.position`);
  await client.end();
  return new Set(rows.map((row) => row.point));
}

async function crashOften(
  name: string,
  crash: (drivesOn: () => Promise<void>) => Promise<void>,
  rounds = 5,
): Promise<{ acknowledged: number; lost: string[] }> {
  const fleet = new Fleet(name, 12);
  const drivesOn = async () => {
    const before = fleet.acknowledged.size;
    await eventually(() => expect(fleet.acknowledged.size).toBeGreaterThan(before + 200), 60_000);
  };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await drivesOn();
      await crash(drivesOn);
    }
    await drivesOn();
  } finally {
    await fleet.stop();
  }
  const stored = await storedPoints();
  return {
    acknowledged: fleet.acknowledged.size,
    lost: [...fleet.acknowledged].filter((point) => !stored.has(point)),
  };
}

inTwoSizes(
  'killing the service under load loses no acknowledged point',
  { short: 2, long: 5 },
  { run: killOften, timeoutMs: 180_000 },
);

async function killOften(rounds: number): Promise<void> {
  const kill = async () => {
    await processes.pop()?.kill('SIGKILL');
    processes.push(await startService('tracking', env));
  };
  const { acknowledged, lost } = await crashOften('killed', kill, rounds);
  expect(lost).toEqual([]);
  expect(acknowledged).toBeGreaterThan(rounds * 200);
}

long(
  'with two processes, killing one under load loses no acknowledged point, and its drivers go on at the other',
  async () => {
    processes.push(await startService('tracking', env));
    const { lost } = await crashOften('moved', async (drivesOn) => {
      await processes.shift()?.kill('SIGKILL');
      await drivesOn();
      processes.push(await startService('tracking', env));
    });
    expect(lost).toEqual([]);
  },
  180_000,
);

test('a crash of PostgreSQL under load loses no acknowledged point, and the service goes on by itself', async () => {
  const { lost } = await crashOften('crashed', async () => {
    const client = await connectSql(servers.databaseUrl);
    client.on('error', () => undefined); // its own process dies, too
    // A process of the server dies by SIGKILL: the server gives up all others and recovers from its log.
    await client.query(`copy (select 1) to program 'kill -9 $PPID'`).catch(() => undefined);
  });
  expect(lost).toEqual([]);
  for (const { output } of processes) expect(output()).not.toContain('points refused');
}, 180_000);
