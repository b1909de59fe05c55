import { expect, test } from '@jest/globals';
import type { Seen } from '../data/area.ts';
import { Fleet } from './fleet.ts';

const at = (longitude: number, more: Partial<Seen> = {}): Seen => ({
  ...{ driver_id: 'dro', status: 'Busy', vehicle_type: 'van', booking_id: null, longitude, latitude: 0 },
  recorded_at: '2026-01-31T12:00:00.000Z',
  ...more,
});
const NOON = Date.parse('2026-01-31T12:00:00.000Z');
const drawn = (fleet: Fleet, serverNow = NOON) => fleet.draw(0, { serverNow });

test('a driver goes evenly to where they were found, and no further', () => {
  const fleet = new Fleet(1_000);
  fleet.take(at(10), 0);
  fleet.take(at(11), 1_000);
  expect([1_000, 1_500, 2_000, 9_000].map((now) => fleet.placeOf('dro', now)?.[0])).toEqual([10, 10.5, 11, 11]);
  expect([fleet.isMoving(1_500), fleet.isMoving(2_000)]).toEqual([true, false]);
});

test('a position on the way turns them from where they are drawn', () => {
  const fleet = new Fleet(1_000);
  fleet.take(at(10), 0);
  fleet.take(at(11), 0);
  fleet.take(at(10), 500);
  expect(fleet.placeOf('dro', 500)?.[0]).toBe(10.5);
  expect(fleet.placeOf('dro', 1_000)?.[0]).toBe(10.25);
});

test('they are an arrow once a heading is known, and keep it while they stand', () => {
  const fleet = new Fleet(1_000);
  const icons = () => drawn(fleet).map(({ properties }) => [properties?.['icon'], properties?.['heading']]);
  fleet.take(at(10), 0);
  expect(icons()).toEqual([['Busy dot', 0]]);
  fleet.take(at(11), 0);
  fleet.take(at(11), 0);
  expect(icons()).toEqual([['Busy arrow', 90]]);
  fleet.take(at(11, { heading: 45 }), 0);
  expect(icons()).toEqual([['Busy arrow', 45]]);
});

test('what was heard long ago is fainter', () => {
  const fleet = new Fleet(1_000);
  fleet.take(at(10), 0);
  const [fresh] = drawn(fleet);
  const [old] = drawn(fleet, NOON + 120_000);
  expect(old?.properties?.['brightness']).toBeLessThan(fresh?.properties?.['brightness']);
});

test('who has left, is outside, or was not told of again, is gone', () => {
  const fleet = new Fleet(1_000);
  for (const driver_id of ['left', 'outside', 'silent', 'here']) fleet.take(at(10, { driver_id }), 0);
  fleet.take(at(20, { driver_id: 'outside' }), 0);
  fleet.take(at(10, { driver_id: 'here' }), 100);
  fleet.drop('left');
  fleet.keepWithin([9, -1, 11, 1]);
  fleet.forgetBefore(100);
  expect(drawn(fleet).map(({ properties }) => properties?.['driver_id'])).toEqual(['here']);
});

test('those of one label are drawn alone, by the label that was told last', () => {
  const fleet = new Fleet(1_000);
  for (const driver_id of ['one', 'two']) fleet.take(at(10, { driver_id }), 0);
  expect([drawn(fleet).length, fleet.hasNews]).toEqual([2, false]);
  fleet.relabel('two', 'Available');
  expect(fleet.hasNews).toBe(true);
  expect(fleet.size('Available')).toBe(1);
  expect(fleet.draw(0, { serverNow: NOON, label: 'Available' })).toMatchObject([{ properties: { driver_id: 'two' } }]);
});
