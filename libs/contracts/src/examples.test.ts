import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { locationUpdate, pointsAck } from './driver-stream.ts';
import { EVENT_TYPES, EVENTS, parseEvent } from './events.ts';
import { exampleOf } from './examples.ts';
import {
  CLIENT_EXAMPLES,
  CONTROL_EXAMPLES,
  DEFAULT_EXAMPLES,
  type FrameExample,
  STREAM_EXAMPLES,
  V2_EXAMPLES,
} from './message-examples.ts';
import { MESSAGE_TYPES, messagePayloads } from './messages.ts';
import {
  CLIENT_FRAME_TYPES,
  CONTROL_TYPES,
  clientFrame,
  clientPayloads,
  controlPayloads,
  V2_TYPES,
  v2Payloads,
} from './protocol.ts';

/** Whatever an example says is in its schema: nothing is left out by it, and nothing is more than it knows. */
function expectWhole(schema: z.ZodType, example: unknown): void {
  expect(schema.parse(example)).toEqual(example);
}

test.each(EVENT_TYPES)('the example of %s is one', (type) => {
  const example = exampleOf(type);
  expect(parseEvent(example)).toEqual(example);
  expectWhole(EVENTS[type].data, example.data);
});

const frames = (table: Record<string, FrameExample<unknown>[]>, type: string) =>
  (table[type] ?? []).map(({ frame }) => frame);
const envelope = (type: string, payload: z.ZodType, more = {}) =>
  z.strictObject({ user_id: z.string(), type: z.literal(type), payload, ...more });
const V2 = { id: z.string().optional(), at: z.iso.datetime() };

test.each([
  ...MESSAGE_TYPES.map(
    (type) => ['the default mode', type, DEFAULT_EXAMPLES, envelope(type, messagePayloads[type])] as const,
  ),
  ...V2_TYPES.map((type) => ['logi.v2', type, V2_EXAMPLES, envelope(type, v2Payloads[type].strict(), V2)] as const),
  ...CONTROL_TYPES.map(
    (type) => ['logi.v2', type, CONTROL_EXAMPLES, envelope(type, controlPayloads[type].strict(), V2)] as const,
  ),
  ...CLIENT_FRAME_TYPES.map((type) => ['clients', type, CLIENT_EXAMPLES, clientFrame] as const),
  ...CLIENT_FRAME_TYPES.map(
    (type) =>
      [
        'clients, whole,',
        type,
        CLIENT_EXAMPLES,
        z.strictObject({ type: z.literal(type), payload: clientPayloads[type].strict() }),
      ] as const,
  ),
  ['streams', 'location_update', STREAM_EXAMPLES, locationUpdate] as const,
  ['streams', 'ack', STREAM_EXAMPLES, pointsAck] as const,
])('in %s, the examples of %s are some', (_mode, type, table, schema) => {
  const examples = frames(table, type);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expectWhole(schema, example);
});
