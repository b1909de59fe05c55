import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { osmandItems } from './osmand.ts';
import { overlandItems } from './overland.ts';
import { owntracksItems } from './owntracks.ts';

const READERS = {
  osmand: (body: string) => osmandItems({}, body),
  overland: overlandItems,
  owntracks: owntracksItems,
};

test.each(Object.entries(READERS))('%s: no text is a fault, and none is without a trace', (_name, read) => {
  const word = fc.constantFrom(
    '_type',
    'location',
    'locations',
    'coords',
    'lat',
    'id',
    'latitude',
    'properties',
    'geometry',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(fc.constantFrom('location', 'encrypted', '52.5', -1, null, true), fc.double(), fc.string()),
      fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
      fc.dictionary(word, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: false }),
    ),
  }));
  const text = fc.oneof(
    value.map((each) => JSON.stringify(each)),
    fc.json(),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(text, (body) => {
      const items = read(body);
      for (const item of items) expect(Object.keys(item)).toHaveLength(1);
      // Nothing is lost by an empty list, nor by an object with nothing but such lists.
      if (items.length === 0) expect(body).toContain('[]');
    }),
    { numRuns: 500 },
  );
});

test('the place of four parts, which are two numbers with decimal commas, is not taken for another', () => {
  expect(osmandItems({ location: '52,5,13,4' }, '')).toMatchObject([{ candidate: { latitude: '52,5,13,4' } }]);
  expect(osmandItems({ location: '52.5, 13.4' }, '')).toMatchObject([
    { candidate: { latitude: 52.5, longitude: 13.4 } },
  ]);
});

test('a body that begins with a byte order mark is read as what follows', () => {
  expect(owntracksItems('\uFEFF{"_type":"location","lat":1,"lon":2}')).toMatchObject([{ candidate: { latitude: 1 } }]);
});

test('speed is in metres per second, whatever the app has', () => {
  const speedOf = (query: object, body = '') =>
    osmandItems(query, body).map((item) => 'candidate' in item && item.candidate.speed);
  expect(speedOf({ lat: '1', lon: '2', speed: '10' })).toEqual([expect.closeTo(5.144, 3)]);
  expect(speedOf({ lat: '1', lon: '2', spd: '10' })).toEqual([10]);
  expect(speedOf({ lat: '1', lon: '2', spd_kph: '36' })).toEqual([expect.closeTo(10, 6)]);
  expect(speedOf({}, '[{"id":"1","lat":1,"lon":2,"speed":10}]')).toEqual([expect.closeTo(5.144, 3)]);
  expect(speedOf({}, '[{"lat":1,"lng":2,"speed":10}]')).toEqual([10]);
});
