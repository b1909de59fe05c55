import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { newBookingId } from './booking-id.ts';

test('an id is a UUIDv7 that begins with when it was made', () => {
  const id = newBookingId(Date.UTC(2022, 1, 22, 19, 22, 22));
  expect(z.uuidv7().safeParse(id).success).toBe(true);
  expect(id.slice(0, 13)).toBe('017f22e2-79b0'); // the time of the example in RFC 9562
});

test('of ids of different moments the later one sorts behind', () => {
  const ids = [0, 1, 1_000, 2 ** 40, 2 ** 48 - 1].map(newBookingId);
  expect(ids.toSorted()).toEqual(ids);
});

test('ids of one moment differ', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => newBookingId(0))).size).toBe(1_000);
});
