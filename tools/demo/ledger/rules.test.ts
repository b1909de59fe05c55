import { expect, test } from '@jest/globals';
import { compareStatuses, findMisdelivery, MISDELIVERIES } from './rules.ts';

const update = (user_id: string) =>
  ({ user_id, type: 'status_update', payload: { booking_id: 'b', status: 'Searching' } }) as const;

test('a message with another’s id, or of a type that the role may not see, is misdelivered', () => {
  expect(findMisdelivery({ role: 'user', id: 'ada' }, update('ada'))).toBeUndefined();
  expect(findMisdelivery({ role: 'admin', id: 'ops' }, update(''))).toBeUndefined();
  expect(findMisdelivery({ role: 'user', id: 'ada' }, update('ben'))).toBe(MISDELIVERIES.addressee);
  expect(findMisdelivery({ role: 'admin', id: 'ops' }, update('ops'))).toBe(MISDELIVERIES.addressee);
  expect(findMisdelivery({ role: 'driver', id: 'ada' }, update('ada'))).toBe(MISDELIVERIES.role);
});

test('missing, repeated and late statuses are told apart from a search that began again', () => {
  const happened = ['Searching', 'Accepted', 'Searching', 'Accepted', 'In Transit'] as const;
  expect(compareStatuses(happened, happened)).toEqual({ missing: 0, surplus: 0 });
  expect(compareStatuses(['Searching', 'Accepted', 'In Transit'], happened)).toEqual({ missing: 2, surplus: 0 });
  expect(compareStatuses([...happened, 'In Transit'], happened)).toEqual({ missing: 0, surplus: 1 });
  expect(compareStatuses(['Accepted', 'Searching'], ['Searching', 'Accepted'])).toEqual({ missing: 1, surplus: 1 });
  expect(compareStatuses([], happened)).toEqual({ missing: 5, surplus: 0 });
});
