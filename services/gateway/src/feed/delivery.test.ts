import { expect, test } from '@jest/globals';
import { type Delivery, type DeliveryStep, linkLost, probeLost, probeReturned, STARTING } from './delivery.ts';

const EARLIER = '2026-01-31T11:00:00.000Z';
const NOW = new Date('2026-01-31T12:00:00.000Z');
const since = NOW.toISOString();

const EVENTS = {
  'the link breaks': (delivery: Delivery) => linkLost(delivery, NOW),
  'a probe comes back': probeReturned,
  'a probe is lost': (delivery: Delivery) => probeLost(delivery, NOW),
};
type EventName = keyof typeof EVENTS;

const starting = (lostProbes: number): Delivery => ({ is: 'starting', lostProbes });
const degraded = (lostProbes: number): Delivery => ({ is: 'degraded', since: EARLIER, lostProbes });
const working: Delivery = { is: 'working' };
const tellsDegraded = { tell: { type: 'degraded', payload: { since } } } as const;
const tellsRestored = { tell: { type: 'restored', payload: { since: EARLIER } } } as const;

const steps: [Delivery, EventName, DeliveryStep][] = [
  [starting(0), 'the link breaks', { delivery: starting(0) }],
  [starting(0), 'a probe comes back', { delivery: working }],
  [starting(0), 'a probe is lost', { delivery: starting(1), isDistrusted: false }],
  [starting(1), 'the link breaks', { delivery: starting(1) }],
  [starting(1), 'a probe comes back', { delivery: working }],
  [starting(1), 'a probe is lost', { delivery: starting(2), isDistrusted: true }],
  [working, 'the link breaks', { delivery: { is: 'degraded', since, lostProbes: 0 }, ...tellsDegraded }],
  [working, 'a probe comes back', { delivery: working }],
  [working, 'a probe is lost', { delivery: { is: 'degraded', since, lostProbes: 1 }, ...tellsDegraded }],
  [degraded(0), 'the link breaks', { delivery: degraded(0) }],
  [degraded(0), 'a probe comes back', { delivery: working, ...tellsRestored }],
  [degraded(0), 'a probe is lost', { delivery: degraded(1), isDistrusted: false }],
  [degraded(1), 'the link breaks', { delivery: degraded(1) }],
  [degraded(1), 'a probe comes back', { delivery: working, ...tellsRestored }],
  [degraded(1), 'a probe is lost', { delivery: degraded(2), isDistrusted: true }],
];

test.each(steps)('%j, and %s: what follows and what clients are told', (delivery, event, step) => {
  expect(EVENTS[event](delivery)).toEqual(step);
});

test('the stream is distrusted at the second probe in a row that is lost, not at two with one between that came back', () => {
  const once = probeLost(STARTING, NOW).delivery;
  expect(probeLost(probeReturned(once).delivery, NOW).isDistrusted).toBeUndefined();
  expect(probeLost(once, NOW).isDistrusted).toBe(true);
});
