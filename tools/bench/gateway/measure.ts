import { setTimeout } from 'node:timers/promises';
import { cpuSeconds, residentBytes } from '../processes.ts';
import { say } from '../suite.ts';
import { type Bench, connectAll, paced, publishAll, until } from './bench.ts';
import { type Contender, OURS, startContender } from './contenders.ts';

const USERS = 1_000;
/** Of these, who have a backlog. */
const BUSY_USERS = 500;
/** Enough for the compiler to have settled: a gateway runs for weeks. */
const WARM = 30_000;
const BURST = 45_000;
/** Seconds that events come steadily, so many a second; and then while others have a backlog to be sent. */
export const STEADY = [
  { perSecond: 50, seconds: 10, backlog: 0 },
  { perSecond: 500, seconds: 6, backlog: 0 },
  { perSecond: 5_000, seconds: 3, backlog: 0 },
  { perSecond: 500, seconds: 6, backlog: 10_000 },
] as const;
export type Steady = (typeof STEADY)[number];

export function describe({ perSecond, backlog }: Steady): string {
  return backlog > 0 ? `${perSecond}/s beside a backlog of ${backlog}` : `${perSecond}/s`;
}
export const IDLE = 10_000;
export const STORM = 5_000;

export type Figures = {
  cpuMicros: number[];
  perSecond: number[];
  /** From the publish to the client, in milliseconds. */
  waits: Map<Steady, number[]>;
  idleBytes: number;
  upgrades: number;
};

export function emptyFigures(): Figures {
  return { cpuMicros: [], perSecond: [], waits: new Map(), idleBytes: 0, upgrades: 0 };
}

/** Everybody connected, then as many events as it takes; then steadily, for the latency. */
export async function measureDelivery(bench: Bench, contender: Contender, figure: Figures): Promise<void> {
  await bench.purge();
  const server = await startContender(contender, bench.env);
  const users = Array.from({ length: USERS }, (_, i) => `user ${i}`);
  const received = new Map<string, number>();
  const clients = await connectAll(bench, server, {
    contender,
    users,
    onMessage: (id) => received.set(id, performance.now()),
  });
  const busy = users.slice(0, BUSY_USERS);
  await burst(bench, busy, { count: WARM, received });

  // The server stands still until all is published: its own speed is measured, not the publisher's.
  received.clear();
  process.kill(server.pid, 'SIGSTOP');
  await publishAll(
    bench,
    Array.from({ length: BURST }, (_, i) => busy[i % BUSY_USERS] ?? ''),
  );
  const [cpuBefore, startedAt] = [await cpuSeconds(server.pid), performance.now()];
  process.kill(server.pid, 'SIGCONT');
  await until(() => received.size >= BURST);
  figure.perSecond.push(BURST / ((performance.now() - startedAt) / 1000));
  figure.cpuMicros.push(((await cpuSeconds(server.pid)) - cpuBefore) * (1_000_000 / BURST));

  for (const steady of STEADY) {
    received.clear();
    const waits = await trickle(bench, users, { steady, received });
    figure.waits.set(steady, [...(figure.waits.get(steady) ?? []), ...waits]);
  }
  const [rate, micros] = [figure.perSecond.at(-1) ?? 0, figure.cpuMicros.at(-1) ?? 0];
  say(`${contender.name}: ${rate.toFixed(0)} messages/s, ${micros.toFixed(1)} µs of CPU each`);
  for (const client of clients) client.drop();
  await server.stop();
}

/** How long each of the events took that came steadily. */
async function trickle(
  { source }: Bench,
  users: readonly string[],
  { steady, received }: { steady: Steady; received: ReadonlyMap<string, number> },
): Promise<number[]> {
  const { perSecond, seconds, backlog } = steady;
  const sentAt = new Map<string, number>();
  const backlogAt = backlog > 0 ? (perSecond * seconds) / 2 : Number.POSITIVE_INFINITY;
  let others = 0;
  await paced(steady, (from, to) => {
    for (let i = from; i < to; i += 1) sentAt.set(source.publish(users[i % USERS] ?? ''), performance.now());
    for (; to >= backlogAt && others < backlog; others += 1) source.publish(users[others % USERS] ?? '');
  });
  await until(() => received.size >= sentAt.size + others);
  return [...sentAt].map(([id, at]) => (received.get(id) ?? Number.NaN) - at);
}

async function burst(
  bench: Bench,
  users: string[],
  { count, received }: { count: number; received: Map<string, number> },
) {
  await publishAll(
    bench,
    Array.from({ length: count }, (_, i) => users[i % users.length] ?? ''),
  );
  await until(() => received.size >= count);
}

export async function measureIdle(bench: Bench, contender: Contender, figure: Figures): Promise<void> {
  const server = await startContender(contender, bench.env);
  const warm = await connectAll(bench, server, { contender, users: ['warm'], onMessage: () => undefined });
  await setTimeout(2_000);
  const before = await residentBytes(server.pid);
  const users = Array.from({ length: IDLE }, (_, i) => `idle ${i}`);
  const startedAt = performance.now();
  const clients = await connectAll(bench, server, { contender, users, onMessage: () => undefined });
  figure.upgrades = IDLE / ((performance.now() - startedAt) / 1000);
  await setTimeout(5_000);
  figure.idleBytes = ((await residentBytes(server.pid)) - before) / IDLE;
  say(
    `${contender.name}: ${(figure.idleBytes / 1024).toFixed(1)} KB a socket, ${figure.upgrades.toFixed(0)} upgrades/s`,
  );
  for (const client of [...clients, ...warm]) client.drop();
  await server.stop();
}

/** All are cut off, each misses a message, all come back at once: seconds until the last has it. */
export async function measureStorm(bench: Bench): Promise<number> {
  const server = await startContender(OURS, bench.env);
  const users = Array.from({ length: STORM }, (_, i) => `storm ${i}`);
  const places = new Map<string, string>();
  const clients = await connectAll(bench, server, {
    contender: OURS,
    users,
    isV2: true,
    onPlace: (user, id) => places.set(user, id),
    onMessage: () => undefined,
  });
  await until(() => places.size === STORM);
  for (const client of clients) client.drop();
  await publishAll(bench, users);
  await setTimeout(1_000);
  const caughtUp = new Set<string>();
  const startedAt = performance.now();
  const back = await connectAll(bench, server, {
    contender: OURS,
    users,
    isV2: true,
    places,
    onMessage: (id) => caughtUp.add(id),
  });
  await until(() => caughtUp.size === STORM);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const client of back) client.drop();
  await server.stop();
  return seconds;
}
