import { pause } from '../../testing/pause.ts';
import type { Person } from '../../testing/people/person.ts';
import { PointStream } from '../../testing/people/point-stream.ts';
import { tripBetween } from '../../testing/people/requests.ts';
import type { Who } from '../checker/history.ts';
import { callOnce, callUntilAnswered } from './calls.ts';
import { noteAcknowledged, notePoint } from './driver.ts';
import { listenPlainly } from './listeners.ts';
import { pickPlace } from './places.ts';
import { createPerson, requestsOf, type World } from './world.ts';

/** A vehicle that nobody else has or wants: whoever is blocked is not missed. */
const VEHICLE = 'bike';
const NEXT_PAIR_MS = [5_000, 10_000] as const;
const FREE_MS = [1_000, 4_000] as const;
const TRY_EVERY_MS = 700;
/** They go on trying for as long as the run lasts. */
const MAX_PAIRS = 20;

/** Now and then a user and a driver come, are blocked by an admin, and go on trying whatever they can. */
export async function sendOutcasts(world: World, admin: Person): Promise<void> {
  const random = world.random.fork('outcasts');
  const trying: Promise<void>[] = [];
  while (!world.lastOrders.aborted && trying.length < MAX_PAIRS * 2) {
    const id = `outcast ${trying.length / 2}`;
    const freeMs = random.between(...FREE_MS);
    trying.push(tryAsUser(world, id), tryAsDriver(world, id));
    await pause(freeMs, world.lastOrders);
    for (const role of ['user', 'driver'] as const) await block(world, admin, { role, id });
    await pause(random.between(...NEXT_PAIR_MS), world.lastOrders);
  }
  await Promise.all(trying);
}

async function block(world: World, admin: Person, whom: Who): Promise<void> {
  const url = `${world.urls.booking}/v1/blocks?${new URLSearchParams({ role: whom.role, sub: whom.id })}`;
  const { status } = await callUntilAnswered(world, admin, { op: 'block', method: 'PUT', url, body: {} });
  if (status === 200) world.history.add({ kind: 'blocked', at: Date.now(), whom });
}

async function tryAsUser(world: World, id: string): Promise<void> {
  const person = createPerson(world, 'user', id);
  const random = world.random.fork(`${id}, a user`);
  void listenPlainly(world, person, `${id} web`).ended;
  for (let count = 0; !world.lastOrders.aborted; count += 1) {
    const order = requestsOf(world).book(tripBetween(pickPlace(random), pickPlace(random), VEHICLE));
    await callOnce(world, person, { op: 'book', ...order, key: `key ${count}` });
    await pause(TRY_EVERY_MS, world.lastOrders);
  }
}

async function tryAsDriver(world: World, id: string): Promise<void> {
  const person = createPerson(world, 'driver', id);
  const random = world.random.fork(`${id}, a driver`);
  void listenPlainly(world, person, `${id} dashboard`).ended;
  const points = new PointStream({
    trackingUrl: world.urls.tracking,
    token: person.token,
    signal: world.goHome,
    onAcknowledged: (acknowledged) => noteAcknowledged(world, person, acknowledged),
  });
  while (!world.goHome.aborted) {
    await callOnce(world, person, { op: 'duty', ...requestsOf(world).goOnDuty(pickPlace(random), VEHICLE) });
    notePoint(world, person, points.send(pickPlace(random)));
    await pause(TRY_EVERY_MS, world.goHome);
  }
  await points.socket.ended;
}
