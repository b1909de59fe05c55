import {
  ACTOR_ROLES,
  BOOKING_STATUSES,
  type BookingChange,
  EVENTS,
  type Event,
  isEventType,
  isRecord,
  MAX_PRICE,
  MAX_TRACEPARENT_CHARACTERS,
  MAX_VERSION,
} from '@logi/contracts';
import { z } from 'zod';

const STATUSES: ReadonlySet<unknown> = new Set(BOOKING_STATUSES);
const ROLES: ReadonlySet<unknown> = new Set(ACTOR_ROLES);
const UUID = z.regexes.uuid();
const TIMESTAMP = z.regexes.datetime({ offset: true });
/** Ids and names of the usual length; a longer one is for the schema to judge. */
const USUAL_CHARACTERS = 32;

/**
 * Whether this is a booking's event as our own booking service writes it, told at a seventh of what `parseEvent` costs:
 * of all that a gateway reads these are the most by far, and each gateway reads them all. It never takes what
 * `parseEvent` would refuse or change; what it does not recognise may be right all the same, and is parsed.
 */
export function isUsualBookingEvent(value: unknown): value is Extract<Event, { data: BookingChange }> {
  if (!isRecord(value)) return false;
  const { event_id, type, aggregate_id, version, occurred_at, traceparent, data } = value;
  return (
    typeof type === 'string' &&
    isEventType(type) &&
    EVENTS[type].aggregate === 'booking' &&
    isUuid(event_id) &&
    Number.isSafeInteger(version) &&
    Number(version) > 0 &&
    Number(version) <= MAX_VERSION &&
    isTimestamp(occurred_at) &&
    (traceparent === undefined || isShortText(traceparent)) &&
    isRecord(data) &&
    isUuid(aggregate_id) &&
    data['booking_id'] === aggregate_id &&
    isBookingChange(data)
  );
}

function isBookingChange(data: Record<string, unknown>): boolean {
  const { user_id, driver_id, previous_status, previous_driver_id, scheduled_at, reason, currency, actor } = data;
  const wasOffered = data['was_offered'];
  return (
    isUsualText(user_id) &&
    (driver_id === null || isUsualText(driver_id)) &&
    STATUSES.has(data['status']) &&
    (previous_status === null || STATUSES.has(previous_status)) &&
    (previous_driver_id === undefined || previous_driver_id === null || isUsualText(previous_driver_id)) &&
    (wasOffered === undefined || typeof wasOffered === 'boolean') &&
    isPoint(data['pickup_location']) &&
    isPoint(data['dropoff_location']) &&
    isUsualText(data['vehicle_type']) &&
    isPrice(data['price_estimate']) &&
    typeof currency === 'string' &&
    currency.length === 3 &&
    (scheduled_at === null || isTimestamp(scheduled_at)) &&
    isRecord(actor) &&
    ROLES.has(actor['role']) &&
    typeof actor['id'] === 'string' &&
    (reason === null || typeof reason === 'string')
  );
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isTimestamp(value: unknown): boolean {
  return typeof value === 'string' && TIMESTAMP.test(value);
}

function isUsualText(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= USUAL_CHARACTERS &&
    !value.includes('\0') &&
    value.isWellFormed()
  );
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TRACEPARENT_CHARACTERS;
}

function isPrice(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_PRICE;
}

/** Exactly a GeoJSON Point: it is passed on as it is, so nothing else may be in it. */
function isPoint(value: unknown): boolean {
  if (!isRecord(value) || value['type'] !== 'Point' || Object.keys(value).length !== 2) return false;
  const degrees = value['coordinates'];
  return Array.isArray(degrees) && degrees.length === 2 && isDegrees(degrees[0], 180) && isDegrees(degrees[1], 90);
}

/** The schema makes 0 of what is next to it; -0 is written like 0. */
function isDegrees(value: unknown, max: number): boolean {
  return typeof value === 'number' && (value === 0 || (Math.abs(value) > 1e-9 && Math.abs(value) <= max));
}
