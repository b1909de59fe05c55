import { apiSchemas, latitude, longitude } from '@logi/contracts';
import { z } from 'zod';

/*
 * What apps are asked to send, for the OpenAPI document. What is taken is more: a point is never refused for an extra, so
 * what reads them (read-point.ts) has no schema of these.
 */

const time = z.union([z.string(), z.number()]).describe('RFC 3339, or seconds or milliseconds since 1970');
const number = z.number().nullable().optional();
const said = z.string().nullable().optional();

const point = z
  .looseObject({
    latitude,
    longitude,
    recorded_at: time.nullable().optional(),
    created_at: time.nullable().optional(),
    accuracy: number.describe('In metres'),
    speed: number.describe('In metres per second'),
    heading: number.describe('In degrees from north'),
    battery: number.describe('In percent'),
    seq: number.describe('Counts what one device sends'),
    device: said,
    app: said,
  })
  .register(apiSchemas, {
    id: 'SentFix',
    examples: [{ latitude: 52.52, longitude: 13.4, recorded_at: '2026-01-31T12:00:00Z', accuracy: 8 }],
  });

const geolocationPosition = z
  .looseObject({
    coords: z.looseObject({ latitude, longitude, accuracy: number, speed: number, heading: number }),
    timestamp: time,
  })
  .register(apiSchemas, { id: 'GeolocationPosition' });

export const pointsRequest = z
  .looseObject({
    points: z.array(z.union([point, geolocationPosition])).max(500),
    sent_at: time.nullable().optional().describe('When this is sent, by the clock of the device'),
    device: said,
    app: said,
  })
  .register(apiSchemas, {
    id: 'PointsRequest',
    examples: [
      {
        points: [{ latitude: 52.52, longitude: 13.4, recorded_at: '2026-01-31T12:00:00Z', accuracy: 8, speed: 11.5 }],
        sent_at: '2026-01-31T12:00:01Z',
      },
    ],
  });
