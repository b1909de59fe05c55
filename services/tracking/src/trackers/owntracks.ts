import { type Candidate, isoTime, numberOf, parseObject, sensible } from './fields.ts';

const KILOMETERS_PER_HOUR = 1 / 3.6; // in metres per second

/**
 * The point in what the OwnTracks app posts (owntracks.org/booklet/tech/json), if there is one. Its other messages (lwt,
 * transition, waypoints, status, encrypted, …) and empty bodies hold none.
 */
export function owntracksPoints(body: string): Candidate[] {
  const message = parseObject(body);
  if (message?.['_type'] !== 'location') return [];
  const { lat, lon, tst, acc, vel, cog, batt } = message;
  const seconds = numberOf(tst);
  const kilometersPerHour = numberOf(vel);
  return [
    {
      latitude: lat,
      longitude: lon,
      recorded_at: seconds === undefined ? tst : isoTime(seconds * 1_000),
      ...sensible({
        accuracy: numberOf(acc),
        speed: kilometersPerHour === undefined ? undefined : kilometersPerHour * KILOMETERS_PER_HOUR,
        heading: numberOf(cog),
        battery: numberOf(batt),
      }),
    },
  ];
}
