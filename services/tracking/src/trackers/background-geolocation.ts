import { isRecord } from '@logi/contracts';
import {
  type Candidate,
  type Item,
  isFalse,
  isTrue,
  NO_POSITION,
  NOT_UNDERSTOOD,
  numeric,
  percent,
  pick,
  recordOf,
  times,
} from './fields.ts';

/** Root property, list, wrapper: deeper than this nobody puts a location. */
const MAX_DEPTH = 4;
const LATITUDES = ['latitude', 'lat'];
const LONGITUDES = ['longitude', 'lng', 'lon', 'long'];
const TIMES = ['timestamp', 'recorded_at', 'time', 'ts', 'tst'];

/**
 * Locations of transistorsoft's background-geolocation plugin, which Traccar Client 9 is built on, too. An app chooses the
 * root property (`location`, any other, or none), one or a list, and by a template the names of the fields; so a location
 * is known by what it is like: it has `coords`, or a latitude or longitude under one of their usual names.
 */
export function backgroundGeolocationItems(json: unknown): Item[] {
  const device = pick(recordOf(json), 'device_id', 'deviceId');
  return itemsIn(json, device, MAX_DEPTH) ?? [hasNoPosition(json) ? NO_POSITION : NOT_UNDERSTOOD];
}

/** Undefined where nothing is like a location. */
function itemsIn(value: unknown, device: unknown, depth: number): Item[] | undefined {
  if (isLocation(value)) return [{ candidate: toCandidate(value, device) }];
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return itemsOfList(value, device, depth);
  if (!isRecord(value)) return undefined;
  const found = Object.values(value).map((each) => itemsIn(each, device, depth - 1));
  return found.some((items) => items !== undefined) ? found.flatMap((items) => items ?? []) : undefined;
}

function itemsOfList(list: unknown[], device: unknown, depth: number): Item[] | undefined {
  const found = list.map((each) => itemsIn(each, device, depth - 1));
  if (list.length > 0 && found.every((items) => items === undefined)) return undefined;
  return found.flatMap((items, i) => items ?? [hasNoPosition(list[i]) ? NO_POSITION : NOT_UNDERSTOOD]);
}

function isLocation(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  return isRecord(value['coords']) || pick(value, ...LATITUDES, ...LONGITUDES) !== undefined;
}

/** A location that could not be had, such as an alarm or a change of the provider: all but the place. */
function hasNoPosition(value: unknown): boolean {
  return isRecord(value) && pick(value, 'event', 'alarm', ...TIMES) !== undefined;
}

/** Speed is in metres per second, the level of the battery from 0 to 1. */
function toCandidate(location: Record<string, unknown>, device: unknown): Candidate {
  const coords = isRecord(location['coords']) ? location['coords'] : location;
  const { battery } = location;
  const recordedAt = pick(location, ...TIMES);
  return {
    latitude: numeric(pick(coords, ...LATITUDES)),
    longitude: numeric(pick(coords, ...LONGITUDES)),
    recorded_at: recordedAt,
    created_at: createdAt(recordedAt, location['age']),
    accuracy: numeric(pick(coords, 'accuracy', 'acc')),
    speed: numeric(pick(coords, 'speed', 'spd')),
    heading: numeric(pick(coords, 'heading', 'bearing', 'course')),
    battery: percent(isRecord(battery) ? battery['level'] : pick(location, 'battery', 'battery_level', 'batt')),
    device: pick(location, 'device_id', 'deviceId', 'device') ?? device,
    valid: !isFalse(location['valid']),
    mock: isTrue(pick(location, 'mock', 'is_mock', 'isMock', 'mocked')),
  };
}

/** By the phone's clock, `age` milliseconds after the fix. */
function createdAt(recordedAt: unknown, age: unknown): unknown {
  const ageMs = times(age, 1);
  const at = typeof recordedAt === 'string' ? Date.parse(recordedAt) : Number.NaN;
  return typeof ageMs === 'number' && Number.isFinite(at + ageMs) ? at + ageMs : undefined;
}
