import { distanceMeters, type LatLon } from '@logi/contracts';
import { openDatabase } from '@logi/persistence';
import { createLogger } from '@logi/service';
import { nearestDrivers } from '../../../services/tracking/src/drivers/nearest-drivers.ts';
import type { Tables } from '../../../services/tracking/src/tables.ts';
import { RedisConnection, startRedis } from './redis.ts';
import type { Stage } from './stage.ts';

const REDIS_PORT = 21_379;
const CLIENTS = 4;
const MEASURE_MS = 6_000;
const RADIUS_METERS = 5_000;
const LIMIT = 10;
const CHECKED = 300;
/** Two ways of measuring the Earth differ by less than this share; so may the last place on the list. */
const TOLERANCE = 0.006;

type Driver = LatLon & { driver_id: string };
export type NearestResult = { ours: number; redis: number | undefined; wrong: number };

/** Queries a second for the nearest 10 of all available drivers, both through Node and with as many connections. */
export async function measureNearest(
  { db, databaseUrl }: Pick<Stage, 'db' | 'databaseUrl'>,
  { hasRedis }: { hasRedis: boolean },
): Promise<NearestResult> {
  const { rows: drivers } = await db.query<Driver>(
    `select driver_id, latitude, longitude from tracking.driver_place where status = 'Available'`,
  );
  const places = drivers.map(({ latitude, longitude }) => ({ latitude, longitude }));
  const somewhere = () => {
    const place = places[Math.floor(Math.random() * places.length)] ?? { latitude: 48, longitude: 11 };
    return { latitude: place.latitude + 0.01 * Math.random(), longitude: place.longitude + 0.01 * Math.random() };
  };
  const log = createLogger({ service: 'bench', level: 'silent' });
  const database = openDatabase<Tables>({
    url: databaseUrl,
    schema: 'tracking',
    name: 'bench',
    log,
    poolSize: CLIENTS,
  });
  const ask = (here: LatLon) =>
    nearestDrivers(database, {
      ...here,
      vehicleType: 'car',
      radiusMeters: RADIUS_METERS,
      limit: LIMIT,
      excludedDriverIds: [],
    });

  let wrong = 0;
  for (let i = 0; i < CHECKED; i += 1) {
    const here = somewhere();
    const exact = places.map((place) => distanceMeters(here, place)).sort((a, b) => a - b);
    const within = exact.filter((distance) => distance <= RADIUS_METERS).slice(0, LIMIT);
    const found = (await ask(here)).map((driver) => distanceMeters(here, driver));
    const isRight = found.length === within.length && found.every((d, k) => d <= (within[k] ?? 0) * (1 + TOLERANCE));
    if (!isRight) wrong += 1;
  }

  const ours = await queriesPerSecond(Array.from({ length: CLIENTS }, () => () => ask(somewhere())));
  await database.destroy();
  return { ours, wrong, redis: hasRedis ? await measureRedis(drivers, somewhere) : undefined };
}

async function measureRedis(drivers: readonly Driver[], somewhere: () => LatLon): Promise<number> {
  const redis = await startRedis(REDIS_PORT);
  const connections = Array.from({ length: CLIENTS }, () => new RedisConnection(REDIS_PORT));
  try {
    const [loader] = connections;
    for (const { driver_id, latitude, longitude } of drivers) {
      void loader?.send('GEOADD', 'car', `${longitude}`, `${latitude}`, driver_id);
    }
    await loader?.send('PING');
    const search = ({ latitude, longitude }: LatLon) => [
      ...['GEOSEARCH', 'car', 'FROMLONLAT', `${longitude}`, `${latitude}`],
      ...['BYRADIUS', `${RADIUS_METERS}`, 'm', 'ASC', 'COUNT', `${LIMIT}`, 'WITHCOORD'],
    ];
    return await queriesPerSecond(connections.map((each) => () => each.send(...search(somewhere()))));
  } finally {
    for (const connection of connections) connection.close();
    redis.kill();
  }
}

async function queriesPerSecond(clients: (() => Promise<unknown>)[]): Promise<number> {
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    clients.map(async (ask) => {
      for (; performance.now() - startedAt < MEASURE_MS; done += 1) await ask();
    }),
  );
  return done / ((performance.now() - startedAt) / 1_000);
}
