import { expect, test } from '@jest/globals';
import type { Facts, QueueFacts, ServiceFacts } from './facts.ts';
import { findings } from './findings.ts';
import { readGauge } from './read-gauge.ts';

const service: ServiceFacts = {
  service: 'booking',
  state: 'ready',
  reason: null,
  outbox_oldest_seconds: 0,
  stream_lag_seconds: null,
  open_sockets: null,
};
const queue: QueueFacts = { queue: 'a.queue', kind: 'work', exists: true, messages: 0, consumers: 1 };
const well: Facts = { services: [service], queues: [queue], hasDatabase: true };
const codes = (facts: Partial<Facts>) => findings({ ...well, ...facts }).map(({ code, level }) => `${level} ${code}`);

test('where all is well nothing is said', () => {
  expect(findings(well)).toEqual([]);
});

test.each<[expected: string, facts: Partial<Facts>]>([
  ['act database_away', { hasDatabase: false }],
  ['act broker_away', { queues: undefined }],
  ['act service_away', { services: [{ ...service, state: 'away' }] }],
  ['act service_not_ready', { services: [{ ...service, state: 'not_ready', reason: 'database away' }] }],
  ['act outbox_old', { services: [{ ...service, outbox_oldest_seconds: 11 }] }],
  ['watch stream_slow', { services: [{ ...service, stream_lag_seconds: 3 }] }],
  ['act queue_missing', { queues: [{ ...queue, exists: false }] }],
  ['act no_consumer', { queues: [{ ...queue, consumers: 0 }] }],
  ['watch queue_long', { queues: [{ ...queue, messages: 1_000 }] }],
  ['watch retrying', { queues: [{ ...queue, kind: 'retry', messages: 1 }] }],
  ['act dead_letters', { queues: [{ ...queue, kind: 'dead', messages: 1 }] }],
  ['act unrouted', { queues: [{ ...queue, kind: 'unrouted', messages: 1 }] }],
])('%s', (expected, facts) => {
  expect(codes(facts)).toEqual([expected]);
});

test.each<[facts: Partial<Facts>]>([
  [{ services: [{ ...service, outbox_oldest_seconds: 10, stream_lag_seconds: 2 }] }],
  [{ queues: [{ ...queue, messages: 999 }] }],
  [{ queues: [{ ...queue, kind: 'stream', messages: 1_000_000, consumers: 0 }] }],
])('what is within bounds is nobody’s matter', (facts) => {
  expect(codes(facts)).toEqual([]);
});

test('what is to be done now comes before what may pass', () => {
  const queues: QueueFacts[] = [
    { ...queue, kind: 'retry', messages: 1 },
    { ...queue, consumers: 0 },
  ];
  expect(codes({ queues })).toEqual(['act no_consumer', 'watch retrying']);
});

test.each([
  ['# HELP a_b\na_b 1.5\n', 1.5],
  ['a_b{role="user"} 2\na_b{role="a b"} 3\n', 3],
  ['a_b_c 1\n', null],
  ['a_b NaN\n', null],
  ['', null],
])('a figure is read from %j', (text, value) => {
  expect(readGauge(text, 'a_b')).toBe(value);
});
