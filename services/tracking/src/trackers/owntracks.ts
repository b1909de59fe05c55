import { isRecord } from '@logi/contracts';
import { type Item, NO_POSITION, NOT_UNDERSTOOD, numeric, parseBody, times } from './fields.ts';

const KILOMETERS_PER_HOUR = 1 / 3.6; // in metres per second

/**
 * What the OwnTracks app posts (owntracks.org/booklet/tech/json): one message, also a list of them. Messages other than
 * locations (lwt, transition, waypoint, status, …) hold no fix; of encrypted ones we cannot tell. An empty body is a friend
 * who was removed from the app.
 */
export function owntracksItems(body: string): Item[] {
  if (body === '') return [];
  return [parseBody(body)].flat().map(readMessage);
}

function readMessage(message: unknown): Item {
  if (!isRecord(message) || typeof message['_type'] !== 'string') return NOT_UNDERSTOOD;
  if (message['_type'] === 'encrypted') return { skipped: 'encrypted' };
  if (message['_type'] !== 'location') return NO_POSITION;
  const { lat, lon, tst, created_at, acc, vel, cog, batt, topic } = message;
  return {
    candidate: {
      latitude: numeric(lat),
      longitude: numeric(lon),
      recorded_at: tst,
      created_at,
      accuracy: numeric(acc), // negative where Apple has no fix
      speed: times(vel, KILOMETERS_PER_HOUR),
      heading: numeric(cog),
      battery: numeric(batt),
      device: topic,
    },
  };
}
