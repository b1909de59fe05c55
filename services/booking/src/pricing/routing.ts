import { distanceMeters, type LatLon } from '@logi/contracts';
import type { Logger } from 'pino';
import { z } from 'zod';

/** Roads are longer than the straight line by about this much in a city. */
const ROAD_FACTOR = 1.3;
/** After a failure the routing server is left alone for so long, so that not every booking waits for its time-out. */
const REST_AFTER_FAILURE_MS = 5_000;

export type Route = { distanceMeters: number; durationSeconds: number };
type RouterOptions = {
  url: string | undefined;
  timeoutMs: number;
  /** How far a place may be from the road that it is taken to be on. */
  snapMeters: number;
  log: Logger;
};
export type FindRoute = (from: LatLon, to: LatLon, averageKilometersPerHour: number) => Promise<Route>;

/** Distances here are on a sphere and so up to 0.6 % off: a road may seem that much shorter than the straight line. */
const SHORTEST_ROAD_SHARE = 0.99;

/** The parts of OSRM's answer that we use (project-osrm.org, route service v1): a code, and with `Ok` metres and seconds. */
const osrmAnswer = z.object({ code: z.string(), routes: z.unknown().optional() });
const osrmRoutes = z.tuple([z.object({ distance: z.number().min(0), duration: z.number().min(0) })]).rest(z.unknown());

/**
 * Distance and time by road. With a routing server (OSRM or one that speaks like it) they are its own; without one, while
 * it does not answer, or where it knows no road, the straight line is stretched. Never fails: a booking does not depend
 * on a map.
 *
 * That it knows no road is an answer, about these two places alone. Only a server that gives none is left alone for a
 * while: else one address out at sea would take the roads from everybody.
 */
export function createRouter(options: RouterOptions): FindRoute {
  const { url, log } = options;
  if (url === undefined) return async (from, to, speed) => estimateRoute(from, to, speed);
  let restUntil = 0;
  return async (from, to, speed) => {
    if (Date.now() < restUntil) return estimateRoute(from, to, speed);
    try {
      const { code, routes } = await askServer({ ...options, url }, [from, to]);
      const road = code === 'Ok' ? readRoad(routes, distanceMeters(from, to)) : undefined;
      if (!road) log.info({ code }, 'routing server knows no road, the distance is estimated');
      return road ?? estimateRoute(from, to, speed);
    } catch (err) {
      restUntil = Date.now() + REST_AFTER_FAILURE_MS;
      log.warn({ err }, 'routing server does not answer, distances are estimated');
      return estimateRoute(from, to, speed);
    }
  };
}

async function askServer({ url, timeoutMs, snapMeters }: RouterOptions & { url: string }, stops: LatLon[]) {
  const path = stops.map(({ latitude, longitude }) => `${longitude},${latitude}`).join(';');
  const target = new URL(`route/v1/driving/${path}`, url.endsWith('/') ? url : `${url}/`);
  // Without a radius a place that has no road is moved to the nearest there is, however far away.
  const radiuses = stops.map(() => snapMeters).join(';');
  target.search = `overview=false&radiuses=${radiuses}`;
  const response = await fetch(target, { signal: AbortSignal.timeout(timeoutMs) });
  return osrmAnswer.parse(await response.json());
}

/** Undefined for what is no road between the two places: shorter than the straight line, or driven in no time. */
function readRoad(routes: unknown, straightMeters: number): Route | undefined {
  const { data } = osrmRoutes.safeParse(routes);
  if (!data) return undefined;
  const [{ distance, duration }] = data;
  const isRoad = distance >= straightMeters * SHORTEST_ROAD_SHARE && (duration > 0 || distance === 0);
  return isRoad ? { distanceMeters: distance, durationSeconds: duration } : undefined;
}

export function estimateRoute(from: LatLon, to: LatLon, averageKilometersPerHour: number): Route {
  return stretch(distanceMeters(from, to), averageKilometersPerHour);
}

/** A straight line as a way by road. */
export function stretch(straightMeters: number, averageKilometersPerHour: number): Route {
  const meters = straightMeters * ROAD_FACTOR;
  return { distanceMeters: meters, durationSeconds: meters / (averageKilometersPerHour / 3.6) };
}
