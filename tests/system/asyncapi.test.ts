import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  EXCHANGES,
  QUEUES,
  SHARDED_QUEUES,
  STATE_STREAMS,
  SUBSCRIPTIONS,
  shardExchange,
  shardlessExchange,
} from '@logi/contracts';
import { z } from 'zod';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, advance, book, gatewayReads, goOnDuty, place } from '../support/people/people.ts';
import { RawBroker, type SeenMessage } from '../support/raw/raw-broker.ts';
import { connectV2, statusesIn } from '../support/services/gateways.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

const document = z.looseObject({
  channels: z.record(
    z.string(),
    z.looseObject({
      address: z.string(),
      messages: z.record(z.string(), z.unknown()),
      bindings: z.looseObject({
        amqp: z.looseObject({ exchange: z.looseObject({ name: z.string() }).optional(), is: z.string() }).optional(),
      }),
      'x-bindings': z.array(z.object({ exchange: z.string(), routing_key: z.string() })).optional(),
    }),
  ),
  components: z.looseObject({
    messages: z.record(
      z.string(),
      z.looseObject({ payload: z.unknown(), examples: z.array(z.looseObject({ payload: z.unknown() })) }),
    ),
  }),
});
type Described = z.infer<typeof document>;

let text: string;
let described: Described;
let system: System;
let broker: RawBroker;
beforeAll(async () => {
  text = await readFile('docs/asyncapi.json', 'utf8');
  described = document.parse(JSON.parse(text));
  system = await startSystem();
  broker = await RawBroker.connect(system.servers);
});
afterAll(async () => {
  await broker.close();
  await system.stop();
});

test('docs/asyncapi.json is AsyncAPI, without an error or a warning', async () => {
  const { document, diagnostics } = await new Parser().parse(text);
  expect(diagnostics.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([]);
  expect(document?.channels().all().length).toBeGreaterThan(30);
});

test('what leads nowhere would be found', async () => {
  const broken = text.replace('#/components/messages/v2_hello', '#/components/messages/v2_hallo');
  const { diagnostics } = await new Parser().parse(broken);
  expect(diagnostics.length).toBeGreaterThan(0);
});

test('every message has examples, and its schema knows all that is in them', () => {
  const wrong = Object.entries(described.components.messages).flatMap(([key, { payload, examples }]) => {
    const schema = z.fromJSONSchema(closed(payload) as never);
    const bad = examples.filter((example) => !schema.safeParse(example.payload).success);
    return examples.length === 0 || bad.length > 0 ? [key] : [];
  });
  expect(wrong).toEqual([]);
});

/** What the broker has of ours, as its management shows it, and what each queue is bound to. */
test('every exchange, queue and binding of the broker is in it', async () => {
  const path = (kind: string) => [kind, system.servers.vhost];
  const named = z.array(z.looseObject({ name: z.string() }));
  const exchanges = named.parse(await broker.manage('GET', path('exchanges')));
  const ofOurs = exchanges.map(({ name }) => name).filter((name) => name !== '' && !name.startsWith('amq.'));
  // Where nothing is published to by name: the text of a queue tells of its shards' two.
  const ofShards = SHARDED_QUEUES.flatMap((queue) => [shardExchange(queue), shardlessExchange(queue)]);
  for (const exchange of ofShards) expect(text).toContain(exchange);
  const unused = new Set<string>([EXCHANGES.unrouted, ...ofShards]);
  const inDocument = new Set(
    Object.values(described.channels).flatMap(({ bindings }) => bindings.amqp?.exchange?.name ?? []),
  );
  expect(ofOurs.filter((name) => !inDocument.has(name) && !unused.has(name) && !name.endsWith('.redelivery'))).toEqual(
    [],
  );

  const bindings = z
    .array(z.looseObject({ source: z.string(), destination: z.string(), routing_key: z.string() }))
    .parse(await broker.manage('GET', path('bindings')));
  const read = [...Object.keys(SUBSCRIPTIONS), QUEUES.gatewayNotifications, ...Object.values(STATE_STREAMS)];
  for (const queue of read) {
    const real = bindings.filter(
      ({ source, destination }) =>
        [queue, shardExchange(queue)].includes(destination) && source !== '' && !isRedelivery(source, queue),
    );
    const told =
      Object.values(described.channels).find(
        ({ address, bindings: { amqp } }) => address === queue && amqp?.is === 'queue',
      )?.['x-bindings'] ?? [];
    const keys = new Set(told.map(({ exchange, routing_key }) => `${exchange} ${routing_key}`));
    const exchangesTold = new Set(told.map(({ exchange }) => exchange));
    const missing = real.filter(({ source, routing_key }) =>
      routing_key === '#' ? !exchangesTold.has(source) : !keys.has(`${source} ${routing_key}`),
    );
    expect({ queue, missing: missing.map(({ source, routing_key }) => `${source} ${routing_key}`) }).toEqual({
      queue,
      missing: [],
    });
  }
});

test('whatever the services publish in a day’s work is in it, field by field', async () => {
  const streams = [QUEUES.gatewayNotifications, ...Object.values(STATE_STREAMS)];
  const seen = await Promise.all(streams.map((stream) => broker.watch(stream)));
  await everybodyWorks();
  await eventually(() => {
    const keys = new Set(seen.flat().map(({ routingKey }) => routingKey));
    for (const key of [
      'booking.delivered',
      'booking.cancelled',
      'offer.closed',
      'positions.recorded',
      'block.changed',
      'state.snapshot',
      'audit.recorded',
    ])
      expect([...keys]).toContain(key);
  });
  const unknown = seen.flatMap((messages) => messages.flatMap(undescribed));
  expect([...new Set(unknown)]).toEqual([]);
});

async function everybodyWorks(): Promise<void> {
  await gatewayReads(system);
  const admin = system.token('admin', 'ops');
  const user = await connectV2({ url: system.gatewayUrl }, system.token('user', 'ana'));
  const stream = await TestSocket.connect(
    `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', 'dro')}`,
  );
  await goOnDuty(system, 'dro');
  const { booking_id } = await book(system, 'ana');
  await acceptOffered(system, 'dro', booking_id);
  await eventually(() => {
    stream.send(JSON.stringify({ type: 'location_update', payload: { ...place(0), speed: 3 } }));
    expect(user.messages.map(({ type }) => type)).toContain('driver_location');
  });
  await advance(system, 'dro', booking_id, [
    'En Route to Pickup',
    'Arrived at Pickup',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ]);
  const second = await book(system, 'ana');
  await act(system, { role: 'user', id: 'ana' }, second.booking_id, 'cancel', { reason: 'too late' });
  const blocks = `${system.bookingUrl}/v1/blocks?role=user&sub=mallory`;
  await call('PUT', blocks, { token: admin, body: { reason: 'fraud' } });
  await call('DELETE', blocks, { token: admin });
  await eventually(() => expect(statusesIn(user)).toContain('Cancelled'));
}

function isRedelivery(source: string, queue: string): boolean {
  return source.endsWith('.redelivery') && Object.hasOwn(SUBSCRIPTIONS, queue);
}

/** What is wrong with a message by the document: it has none of this key, or a field that it does not know. */
function undescribed({ routingKey, body }: SeenMessage): string[] {
  const channels = Object.entries(described.channels).filter(
    ([, { address, bindings }]) => address === routingKey && bindings.amqp?.is === 'routingKey',
  );
  if (channels.length === 0) return [`nothing is said of ${routingKey}`];
  if (body === '') return [];
  const value: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
  const problems = channels.map(([, { messages }]) =>
    Object.keys(messages).flatMap((key) => {
      const schema = described.components.messages[key]?.payload;
      const { success, error } = z.fromJSONSchema(closed(schema) as never).safeParse(value);
      return success ? [] : [`${key}: ${z.prettifyError(error)}`];
    }),
  );
  return problems.some((each) => each.length === 0) ? [] : problems.flat();
}

/** The schema of which nothing may be left over. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}
