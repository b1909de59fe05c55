import { isRecord } from '@logi/contracts';
import { backgroundGeolocationItems } from './background-geolocation.ts';
import {
  type Candidate,
  type Item,
  isFalse,
  isTrue,
  NO_POSITION,
  NOT_UNDERSTOOD,
  numeric,
  parseBody,
  pick,
  times,
} from './fields.ts';

const KNOT = 1852 / 3600; // in metres per second
const KILOMETERS_PER_HOUR = 1 / 3.6;
/** A form is one point; the parser of forms would make millions of pairs of a body of megabytes. */
const MAX_FORM_CHARACTERS = 16_384;
/** JSON that no parser takes, such as a template with text that lacks its quotes, is not read as a form. */
const LIKE_JSON = /^\s*[[{"]/;

/**
 * What apps send that speak to Traccar: parameters in the query or in a form (OsmAnd, Traccar Client, GPSLogger), or JSON
 * (Traccar Client, and apps with the background-geolocation plugin). The device's id decides nothing: the token does.
 */
export function osmandItems(query: unknown, body: string): Item[] {
  const json = parseBody(body);
  if (json !== undefined) return jsonItems(json);
  if (LIKE_JSON.test(body) || body.length > MAX_FORM_CHARACTERS) return [NOT_UNDERSTOOD];
  const form = Object.fromEntries(new URLSearchParams(body));
  return [parameterItem({ ...form, ...(isRecord(query) ? query : {}) })];
}

/** Since version 10, Traccar Client sends lists of what it sends as a form else. */
function jsonItems(json: unknown): Item[] {
  if (isOsmandRecord(json)) return [parameterItem(json)];
  if (!Array.isArray(json) || !json.some(isOsmandRecord)) return backgroundGeolocationItems(json);
  return json.flatMap((each) => (isOsmandRecord(each) ? parameterItem(each) : backgroundGeolocationItems(each)));
}

function isOsmandRecord(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value) || isRecord(value['coords'])) return false;
  const hasPlace = 'lat' in value || 'lon' in value || 'timestamp' in value || typeof value['location'] === 'string';
  return hasPlace && ('id' in value || 'deviceid' in value);
}

/**
 * The names are OsmAnd's, as Traccar takes them (traccar.org/osmand), with speed in knots; and those of GPSLogger's `%ALL`:
 * acc, spd (metres per second), spd_kph, dir, time, aid. Of a name that comes twice, the first counts.
 */
function parameterItem(given: Record<string, unknown>): Item {
  const parameters = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value].flat()[0]]));
  const place = placeOf(parameters);
  if (!place) return NO_POSITION;
  return {
    candidate: {
      ...place,
      recorded_at: pick(parameters, 'timestamp', 'time'),
      accuracy: numeric(pick(parameters, 'accuracy', 'acc')),
      speed:
        times(parameters['speed'], KNOT) ??
        numeric(parameters['spd']) ??
        times(parameters['spd_kph'], KILOMETERS_PER_HOUR),
      heading: numeric(pick(parameters, 'bearing', 'heading', 'dir')),
      battery: numeric(pick(parameters, 'batt', 'battery')),
      device: pick(parameters, 'id', 'deviceid', 'aid'),
      valid: !isFalse(parameters['valid']),
      mock: isTrue(parameters['mock']),
    },
  };
}

function placeOf(parameters: Record<string, unknown>): Pick<Candidate, 'latitude' | 'longitude'> | undefined {
  const { location } = parameters;
  if (typeof location === 'string') {
    const [latitude, longitude, ...more] = location.split(',');
    // Four parts are two numbers with decimal commas, of which the first two would be another place.
    return { latitude: more.length > 0 ? location : numeric(latitude), longitude: numeric(longitude) };
  }
  const latitude = pick(parameters, 'lat', 'latitude');
  const longitude = pick(parameters, 'lon', 'lng', 'longitude');
  if (latitude === undefined && longitude === undefined) return undefined;
  return { latitude: numeric(latitude), longitude: numeric(longitude) };
}
