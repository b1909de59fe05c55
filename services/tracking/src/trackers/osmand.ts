import { isRecord } from '@logi/contracts';
import { type Candidate, isoTime, numberOf, parseObject, sensible } from './fields.ts';

const KNOT = 1852 / 3600; // in metres per second
const DECIMAL = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** Numbers below it are times in seconds, others in milliseconds, as Traccar has it. */
const FIRST_MILLISECONDS = 2 ** 31 - 1;

/**
 * The points in a request of the Traccar Client or OsmAnd apps (traccar.org/osmand): JSON, which Traccar Client speaks
 * since version 9, or parameters in the query or in a form. The device's id is ignored: the token decides who it is.
 */
export function osmandPoints(query: unknown, body: string): Candidate[] {
  const json = parseObject(body);
  if (json) return [json['location']].flat().flatMap(jsonPoint);
  const form = Object.fromEntries(new URLSearchParams(body));
  return parameterPoint({ ...form, ...(isRecord(query) ? query : {}) });
}

/** Speed is in metres per second, the battery's level from 0 to 1. */
function jsonPoint(location: unknown): Candidate[] {
  if (!isRecord(location) || !isRecord(location['coords'])) return [];
  const { coords, timestamp, battery } = location;
  const level = isRecord(battery) ? numberOf(battery['level']) : undefined;
  return [
    {
      latitude: coords['latitude'],
      longitude: coords['longitude'],
      recorded_at: timestamp,
      ...sensible({
        accuracy: numberOf(coords['accuracy']),
        speed: numberOf(coords['speed']),
        heading: numberOf(coords['heading']),
        battery: level === undefined ? undefined : level * 100,
      }),
    },
  ];
}

/** Speed is in knots. */
function parameterPoint(parameters: Record<string, unknown>): Candidate[] {
  const text = (name: string) => {
    const value = [parameters[name]].flat()[0];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string) => toNumber(text(name));
  const [latitude, longitude] = text('location')?.split(',') ?? [text('lat'), text('lon')];
  const isWithoutFix = latitude === undefined || longitude === undefined;
  if (isWithoutFix || ['false', '0'].includes(text('valid') ?? '')) return [];
  const knots = number('speed');
  return [
    {
      latitude: toNumber(latitude),
      longitude: toNumber(longitude),
      recorded_at: toTime(text('timestamp')),
      ...sensible({
        accuracy: number('accuracy'),
        speed: knots === undefined ? undefined : knots * KNOT,
        heading: number('bearing') ?? number('heading'),
        battery: number('batt'),
      }),
    },
  ];
}

/** Seconds or milliseconds since 1970, ISO, or `2026-01-31 12:00:00` in UTC. */
function toTime(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const number = toNumber(text);
  if (number !== undefined) return isoTime(number < FIRST_MILLISECONDS ? number * 1_000 : number);
  return text.includes('T') ? text : `${text.replace(' ', 'T')}Z`;
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
}
