import { isRecord } from '@logi/contracts';
import { type Item, NO_POSITION, NOT_UNDERSTOOD, numeric, parseBody, percent, pick, recordOf } from './fields.ts';
import { owntracksItems } from './owntracks.ts';

/**
 * What the Overland app posts (github.com/aaronpk/Overland-iOS): `locations`, each a GeoJSON Feature; while more of them
 * wait in the phone also `current`, where it is now. Its logging mode Owntracks sends a message of that app instead.
 */
export function overlandItems(body: string): Item[] {
  const json = parseBody(body);
  if (!isRecord(json)) return [NOT_UNDERSTOOD];
  if (typeof json['_type'] === 'string') return owntracksItems(body);
  const { locations, current } = json;
  if (!Array.isArray(locations)) return [NOT_UNDERSTOOD];
  return [...locations, ...(isRecord(current) ? [current] : [])].map(readFeature);
}

/** Trips, visits and notes of what the app did stand in the list, too, with the last place they know and the time of now. */
function readFeature(feature: unknown): Item {
  if (!isRecord(feature)) return NOT_UNDERSTOOD;
  const { coordinates } = recordOf(feature['geometry']);
  const properties = recordOf(feature['properties']);
  if (pick(properties, 'action') !== undefined || properties['type'] === 'trip') return NO_POSITION;
  if (!Array.isArray(coordinates)) return NOT_UNDERSTOOD;
  return {
    candidate: {
      latitude: numeric(coordinates[1]),
      longitude: numeric(coordinates[0]),
      recorded_at: properties['timestamp'],
      accuracy: numeric(properties['horizontal_accuracy']), // negative where Apple has no fix
      speed: numeric(properties['speed']),
      heading: numeric(properties['course']),
      battery: percent(properties['battery_level']),
      device: pick(properties, 'device_id', 'unique_id'),
    },
  };
}
