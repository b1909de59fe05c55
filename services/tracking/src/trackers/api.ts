import { apiSchemas } from '@logi/contracts';
import { z } from 'zod';

/*
 * What tracker apps send, for the OpenAPI document: what each means, in its own words. Nothing of it is demanded: what is
 * not understood is answered 200, and counted.
 */

const text = z.string().optional();
const number = z.number().optional();

export const owntracksBody = z
  .looseObject({
    _type: z.string().describe('`location` has a position; other messages are answered, and hold none'),
    lat: number,
    lon: number,
    tst: number.describe('When the fix was made, in seconds since 1970'),
    acc: number.describe('In metres'),
    vel: number.describe('In km/h'),
    cog: number.describe('In degrees from north'),
    batt: number.describe('In percent'),
  })
  .register(apiSchemas, {
    id: 'OwnTracksMessage',
    examples: [{ _type: 'location', lat: 52.52, lon: 13.4, tst: 1_769_860_800, acc: 8, vel: 41, batt: 87 }],
  })
  .optional();

export const overlandBody = z
  .looseObject({
    locations: z.array(
      z.looseObject({
        type: z.literal('Feature'),
        geometry: z.looseObject({ type: z.literal('Point'), coordinates: z.array(z.number()).min(2) }),
        properties: z.looseObject({ timestamp: z.string(), horizontal_accuracy: number, speed: number }),
      }),
    ),
  })
  .register(apiSchemas, {
    id: 'OverlandBatch',
    examples: [
      {
        locations: [
          {
            type: 'Feature',
            geometry: { type: 'Point', coordinates: [13.4, 52.52] },
            properties: { timestamp: '2026-01-31T12:00:00Z', horizontal_accuracy: 8, speed: 11.5 },
          },
        ],
      },
    ],
  });

export const OSMAND_TYPES = ['application/x-www-form-urlencoded', 'application/json'];

/** Of names that say the same, the first that is there counts. */
export const osmandQuery = z.looseObject({
  id: text.describe('The device. It decides nothing: the token does'),
  lat: text.describe('Also `latitude`, or `location=lat,lon`'),
  lon: text.describe('Also `lng`, `longitude`'),
  timestamp: text.describe('RFC 3339, or seconds or milliseconds since 1970; also `time`'),
  accuracy: text.describe('In metres; also `acc`'),
  speed: text.describe('In knots; `spd` is in metres per second, `spd_kph` in km/h'),
  bearing: text.describe('In degrees from north; also `heading`, `dir`'),
  batt: text.describe('In percent; also `battery`'),
  valid: text,
  mock: text,
});

const parameters = osmandQuery.register(apiSchemas, {
  id: 'OsmAndParameters',
  examples: [{ id: 'phone', lat: '52.52', lon: '13.4', timestamp: '1769860800' }],
});

/** A form of the same names; or JSON of Traccar Client or of the background-geolocation plugin. */
export const osmandBody = z.union([parameters, z.looseObject({ location: z.unknown() })]).optional();
