import { distanceMeters, type LatLon } from '@logi/contracts';
import type { Logger } from 'pino';
import { z } from 'zod';

/** Roads are longer than the straight line by about this much in a city. */
const ROAD_FACTOR = 1.3;
/** After a failure the routing server is left alone for so long, so that not every booking waits for its time-out. */
const REST_AFTER_FAILURE_MS = 5_000;

export type Route = { distanceMeters: number; durationSeconds: number };
export type FindRoute = (from: LatLon, to: LatLon, averageKilometersPerHour: number) => Promise<Route>;

/** The part of OSRM's answer that we use (project-osrm.org, route service v1): metres and seconds. */
const osrmAnswer = z.object({
  code: z.literal('Ok'),
  routes: z.array(z.object({ distance: z.number().min(0), duration: z.number().min(0) })).min(1),
});

/**
 * Distance and time by road. With a routing server (OSRM or one that speaks like it) they are its own; without one, or
 * while it does not answer, the straight line is stretched. Never fails: a booking does not depend on a map.
 */
export function createRouter(options: { url: string | undefined; timeoutMs: number; log: Logger }): FindRoute {
  const { url, timeoutMs, log } = options;
  if (url === undefined) return async (from, to, speed) => estimateRoute(from, to, speed);
  let restUntil = 0;
  return async (from, to, speed) => {
    if (Date.now() < restUntil) return estimateRoute(from, to, speed);
    try {
      return await askServer(url, timeoutMs, [from, to]);
    } catch (err) {
      restUntil = Date.now() + REST_AFTER_FAILURE_MS;
      log.warn({ err }, 'routing server does not answer, distances are estimated');
      return estimateRoute(from, to, speed);
    }
  };
}

async function askServer(url: string, timeoutMs: number, stops: LatLon[]): Promise<Route> {
  const path = stops.map(({ latitude, longitude }) => `${longitude},${latitude}`).join(';');
  const target = new URL(`route/v1/driving/${path}?overview=false`, url.endsWith('/') ? url : `${url}/`);
  const response = await fetch(target, { signal: AbortSignal.timeout(timeoutMs) });
  const { routes } = osrmAnswer.parse(await response.json());
  const [best] = routes;
  if (!best) throw new Error('no route'); // the schema says there is one
  return { distanceMeters: best.distance, durationSeconds: best.duration };
}

export function estimateRoute(from: LatLon, to: LatLon, averageKilometersPerHour: number): Route {
  return stretch(distanceMeters(from, to), averageKilometersPerHour);
}

/** A straight line as a way by road. */
export function stretch(straightMeters: number, averageKilometersPerHour: number): Route {
  const meters = straightMeters * ROAD_FACTOR;
  return { distanceMeters: meters, durationSeconds: meters / (averageKilometersPerHour / 3.6) };
}
