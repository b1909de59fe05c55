import { expect, test } from '@jest/globals';
import { BOOKING_EVENT_EXAMPLE, EVENT_TYPES, EVENTS } from '@logi/contracts';
import { z } from 'zod';
import { forgetPerson, ID_KEYS, namesPerson, WHO_KEYS } from './documents.ts';

const HOW = { pseudonym: 'erased-1', reasons: new Set(['fraud']) };
/** Ids of things. */
const THINGS = ['booking_id', 'offer_id'];

test('every field of an event that has an id in it is known to be of a person, or of a thing', () => {
  const fields = new Set(
    EVENT_TYPES.flatMap((type) => fieldsOf(z.toJSONSchema(EVENTS[type].data, { unrepresentable: 'any' }))),
  );
  const ids = [...fields].filter((field) => /(^|_)ids?$|^sub$/.test(field));
  expect(ids.filter((field) => !(field in ID_KEYS || WHO_KEYS.includes(field) || THINGS.includes(field)))).toEqual([]);
});

function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, part]) => [
    ...(key === 'properties' ? Object.keys(part) : []),
    ...fieldsOf(part),
  ]);
}

test('a person is found in their own role only', () => {
  const event = BOOKING_EVENT_EXAMPLE;
  expect(namesPerson(event, { role: 'user', id: 'ana' })).toBe(true);
  expect(namesPerson(event, { role: 'driver', id: 'ana' })).toBe(false);
  expect(namesPerson(event, { role: 'driver', id: 'dro' })).toBe(true);
  expect(namesPerson(event, { role: 'user', id: 'van' })).toBe(false);
  expect(namesPerson({ role: 'admin', sub: 'ana' }, { role: 'user', id: 'ana' })).toBe(false);
  const label = { type: 'driver.status_changed', aggregate_id: 'dro', data: {} };
  expect(namesPerson(label, { role: 'driver', id: 'dro' })).toBe(true);
  expect(namesPerson({ ...label, type: 'offer.closed' }, { role: 'driver', id: 'dro' })).toBe(false);
});

test('of an erased person a document keeps a pseudonym, a rough place and a reason that is counted', () => {
  const event = { ...BOOKING_EVENT_EXAMPLE, data: { ...BOOKING_EVENT_EXAMPLE.data, reason: 'I have moved' } };
  const forgotten = forgetPerson(event, { role: 'user', id: 'ana' }, HOW);
  expect(forgotten).toMatchObject({
    data: { user_id: 'erased-1', driver_id: 'dro', reason: 'other', dropoff_location: { coordinates: [13.5, 52.5] } },
  });
  expect(forgetPerson({ reason: 'fraud', latitude: 52.5249 }, { role: 'user', id: 'ana' }, HOW)).toEqual({
    reason: 'fraud',
    latitude: 52.5,
  });
});
