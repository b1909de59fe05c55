import { safely } from '../connection/here.ts';
import type { Point } from './point.ts';

type Position = {
  coords: {
    latitude: number;
    longitude: number;
    accuracy: number;
    speed: number | null;
    heading: number | null;
  };
  timestamp: number;
};
type PositionError = { code: number; message: string };
type WatchOptions = { enableHighAccuracy?: boolean; maximumAge?: number; timeout?: number };

export type GeolocationLike = {
  watchPosition(
    found: (position: Position) => void,
    failed: (error: PositionError) => void,
    options: WatchOptions,
  ): number;
  clearWatch(id: number): void;
};

/**
 * Pushes what the browser's receiver finds, until the function that it returns is called. `onError` is told what the
 * browser tells: after code 1 (no permission) nothing comes any more, after others it goes on.
 */
export function watchPosition(
  stream: { push(point: Point): void },
  {
    geolocation = (globalThis.navigator as { geolocation?: GeolocationLike } | undefined)?.geolocation,
    onError,
    ...options
  }: WatchOptions & { geolocation?: GeolocationLike | undefined; onError?: (error: PositionError) => void } = {},
): () => void {
  if (!geolocation) throw new TypeError('No geolocation here: pages have it over HTTPS or on localhost');
  const id = geolocation.watchPosition(
    ({ coords: { latitude, longitude, accuracy, speed, heading }, timestamp }) =>
      stream.push({ latitude, longitude, accuracy, speed, heading, recorded_at: timestamp }),
    (error) => safely(onError, error),
    { enableHighAccuracy: true, ...options },
  );
  return () => geolocation.clearWatch(id);
}
