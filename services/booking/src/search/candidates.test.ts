import { expect, test } from '@jest/globals';
import type { BookingRow } from '../tables.ts';
import { favourNewcomer, rankCandidates } from './candidates.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const context = { kilometersPerHour: 36, now: NOW };
const near = { driver_id: 'near', distance_meters: 200 };
const far = { driver_id: 'far', distance_meters: 1_500 };
const history = { offersMade: 20, offersAccepted: 10, freeSince: null };

test('the nearest driver comes first when nothing else is known', () => {
  const ranked = rankCandidates([far, near], { ...context, drivers: [] });
  expect(ranked.map(({ driverId, score }) => [driverId, score])).toEqual([
    ['near', 26],
    ['far', 195],
  ]);
});

test('of two about as near, the one who accepts more and has waited longer comes first', () => {
  const alsoNear = { driver_id: 'eager', distance_meters: 260 };
  const drivers = [
    { driverId: 'near', ...history, offersAccepted: 2 },
    { driverId: 'eager', ...history, offersAccepted: 19, freeSince: new Date('2026-01-01T11:40:00Z') },
  ];
  expect(rankCandidates([near, alsoNear], { ...context, drivers })[0]?.driverId).toBe('eager');
});

test('no record makes a driver at the other end of town come before one at the kerb', () => {
  const drivers = [
    { driverId: 'near', ...history, offersAccepted: 0 },
    { driverId: 'far', ...history, offersAccepted: 20, freeSince: new Date(0) },
  ];
  expect(rankCandidates([near, far], { ...context, drivers })[0]?.driverId).toBe('near');
});

test('a newcomer is first in the share of rounds kept for them, and only if nearly as near', () => {
  const drivers = [{ driverId: 'near', ...history }];
  const newcomer = { driver_id: 'new', distance_meters: 800 };
  const ranked = rankCandidates([near, newcomer], { ...context, drivers });
  const rounds = Array.from({ length: 1_000 }, (_, searchRound) => booking(searchRound));
  const first = rounds.filter(
    (round) => favourNewcomer(ranked, { booking: round, sharePercent: 20 })[0]?.driverId === 'new',
  );
  expect(first.length).toBeGreaterThan(150);
  expect(first.length).toBeLessThan(250);

  const tooFar = rankCandidates([near, { ...newcomer, distance_meters: 9_000 }], { ...context, drivers });
  expect(
    rounds.every((round) => favourNewcomer(tooFar, { booking: round, sharePercent: 100 })[0]?.driverId === 'near'),
  ).toBe(true);
});

/** Only the two fields that draw the lot matter here. */
function booking(searchRound: number): BookingRow {
  return { bookingId: 'b', searchRound } as BookingRow;
}
