import { expect, test } from '@jest/globals';
import { readEnvelope } from './read-envelope.ts';

const update = { user_id: 'ada', type: 'status_update', payload: { booking_id: 'b', status: 'Searching' } } as const;

test('a message of the specified form is read, any other is not', () => {
  expect(readEnvelope(JSON.stringify(update))).toEqual(update);
  expect(readEnvelope(JSON.stringify({ ...update, at: 'now' }))).toBeUndefined();
  expect(readEnvelope(JSON.stringify({ ...update, payload: { booking_id: 'b' } }))).toBeUndefined();
  expect(readEnvelope('{')).toBeUndefined();
});
