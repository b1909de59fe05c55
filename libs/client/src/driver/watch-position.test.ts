import { expect, test } from '@jest/globals';
import type { Point } from './point.ts';
import { type GeolocationLike, watchPosition } from './watch-position.ts';

test('what the browser finds is pushed, until the watch is ended', () => {
  const points: Point[] = [];
  const failures: number[] = [];
  let report: Parameters<GeolocationLike['watchPosition']> | undefined;
  const cleared: number[] = [];
  const geolocation: GeolocationLike = {
    watchPosition(...args) {
      report = args;
      return 7;
    },
    clearWatch: (id) => cleared.push(id),
  };
  const stop = watchPosition(
    { push: (point) => points.push(point) },
    { geolocation, maximumAge: 1_000, onError: ({ code }) => failures.push(code) },
  );
  const [found, failed, options] = report ?? [];
  const coords = { latitude: 52, longitude: 13, accuracy: 5, speed: null, heading: null };
  found?.({ coords, timestamp: 1_700_000_000_000 });
  failed?.({ code: 3, message: 'timeout' });
  expect(points).toEqual([{ ...coords, recorded_at: 1_700_000_000_000 }]);
  expect(failures).toEqual([3]);
  expect(options).toEqual({ enableHighAccuracy: true, maximumAge: 1_000 });
  stop();
  expect(cleared).toEqual([7]);
});

test('where there is no receiver it says so', () => {
  expect(() => watchPosition({ push: () => undefined }, { geolocation: undefined })).toThrow(/geolocation/);
});
