import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { printTable, type Suite, say } from '../suite.ts';
import { type Bench, connectAll, onBench, paced } from './bench.ts';
import { type Contender, startContender } from './contenders.ts';
import { CONTENDERS, tailRows } from './tail.ts';

const USERS = 1_000;
const ROUNDS = 2;
const WARM = { perSecond: 2_000, seconds: 3 };
const STEADY = [
  { perSecond: 50, seconds: 8 },
  { perSecond: 500, seconds: 6 },
  { perSecond: 5_000, seconds: 3 },
] as const;
/** A newer position takes the place of one that waits: when no more come, no more will. */
const QUIET_MS = 500;

type Steady = (typeof STEADY)[number];
type Figures = { waits: Map<Steady, number[]>; sent: number; gaveWay: number };

/** The driver of each of a thousand trips moves: from what tracking publishes to the socket of the user. */
export const benchPositions: Suite = (servers) =>
  onBench(servers, async (bench) => {
    const figures = new Map(
      CONTENDERS.map((contender) => [contender, { waits: new Map<Steady, number[]>(), sent: 0, gaveWay: 0 }]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [contender, figure] of figures) await measurePositions(bench, contender, figure);
    }
    for (const [{ name }, { sent, gaveWay }] of figures) say(`${name}: ${gaveWay} of ${sent} gave way to a newer one`);
    const rows = STEADY.flatMap((steady) =>
      tailRows(`${steady.perSecond}/s`, {
        waitsOf: (contender) => figures.get(contender)?.waits.get(steady) ?? [],
        plot: 'positions',
      }),
    );
    printTable(`positions of drivers to ${USERS.toLocaleString('en')} users`, rows);
  });

async function measurePositions(bench: Bench, contender: Contender, figure: Figures): Promise<void> {
  await bench.purge();
  const server = await startContender(contender, bench.env);
  const received = new Map<string, number>();
  const trips = Array.from({ length: USERS }, (_, n) => {
    return { booking_id: randomUUID(), user_id: `rider ${n}`, driver_id: `driver ${n}` };
  });
  const clients = await connectAll(bench, server, {
    contender,
    users: trips.map(({ user_id }) => user_id),
    keyOf: ({ latitude }) => latitude?.toFixed(6),
    onMessage: (latitude) => received.set(latitude, performance.now()),
  });
  const sentAt = new Map<string, number>();
  let moves = 0;
  const move = (trip: (typeof trips)[number]) => {
    moves += 1;
    const latitude = moves / 1e6;
    sentAt.set(latitude.toFixed(6), performance.now());
    return { ...trip, latitude, longitude: 0, recorded_at: new Date().toISOString() };
  };
  const drive = async (load: typeof WARM | Steady) => {
    received.clear();
    sentAt.clear();
    await paced(load, (from, to) => {
      const due = Array.from({ length: to - from }, (_, n) => trips[(from + n) % USERS] ?? []).flat();
      bench.source.publishPositions(due.map(move));
    });
    await quiet(received);
  };
  await drive(WARM);
  for (const steady of STEADY) {
    await drive(steady);
    const waits = [...received].map(([latitude, at]) => at - (sentAt.get(latitude) ?? Number.NaN));
    figure.waits.set(steady, [...(figure.waits.get(steady) ?? []), ...waits]);
    figure.sent += sentAt.size;
    figure.gaveWay += sentAt.size - waits.length;
  }
  for (const client of clients) client.drop();
  await server.stop();
}

async function quiet(received: ReadonlyMap<string, number>): Promise<void> {
  for (let before = -1; before < received.size; await setTimeout(QUIET_MS)) before = received.size;
}
