import { expect, test } from '@jest/globals';
import { placementOf } from './placement.ts';

const nobody = new Map();

test('on one node nothing is asked, so that brokers of older versions agree', () => {
  expect(placementOf('work', { type: 'quorum', placement: { nodes: 1, known: nobody } })).toEqual({});
});

test('on several nodes a new queue gets a replica on each, and its leader where there are few', () => {
  const placement = { nodes: 3, known: nobody };
  expect(placementOf('work', { type: 'quorum', placement })).toEqual({
    'x-quorum-initial-group-size': 3,
    'x-queue-leader-locator': 'balanced',
  });
  expect(placementOf('told', { type: 'stream', placement })).toEqual({
    'x-initial-cluster-size': 3,
    'x-queue-leader-locator': 'balanced',
  });
});

test.each([1, 3, 5])('a queue that is there is declared as it was, whatever is asked for now (%i nodes)', (nodes) => {
  const known = new Map([
    ['old', { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 }],
    ['of three', { 'x-queue-type': 'quorum', 'x-quorum-initial-group-size': 3, 'x-queue-leader-locator': 'balanced' }],
  ]);
  expect(placementOf('old', { type: 'quorum', placement: { nodes, known } })).toEqual({});
  expect(placementOf('of three', { type: 'quorum', placement: { nodes, known } })).toEqual({
    'x-quorum-initial-group-size': 3,
    'x-queue-leader-locator': 'balanced',
  });
});
