import { expect, test } from '@jest/globals';
import { deviceKey, hearDevice, isNewerDevice, NO_DEVICES } from './devices.ts';

const hear = (...heard: [device: string | null, at: number][]) =>
  heard.reduce((known, [device, at]) => hearDevice(known, device, { at, silentMs: 120_000 }), NO_DEVICES);
const stream = (openedAt: number) => deviceKey({ way: 'stream', app: null, device: null, openedAt });

test.each<[what: string, heard: [string | null, number][], newest: string | undefined]>([
  ['nobody', [], undefined],
  ['the only one', [['a', 0]], 'a'],
  [
    'the one that began last',
    [
      ['a', 0],
      ['b', 1],
      ['a', 2],
    ],
    'b',
  ],
  [
    'the other one again, once the newest is silent',
    [
      ['a', 0],
      ['b', 1],
      ['a', 120_002],
    ],
    'a',
  ],
  [
    'a third one',
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
    'c',
  ],
  [
    'still the one that is known, after one that is not',
    [
      ['a', 0],
      [null, 1],
    ],
    'a',
  ],
  [
    'the stream that was opened last',
    [
      [stream(1), 1],
      [stream(2), 2],
      [stream(1), 3],
    ],
    stream(2),
  ],
  [
    'a stream that was opened anew',
    [
      [stream(1), 1],
      ['a', 2],
      [stream(3), 3],
    ],
    stream(3),
  ],
])('the device is %s', (_what, heard, newest) => {
  expect(hear(...heard).newestFirst[0]).toBe(newest);
});

test('streams that were opened one after the other are one device in the list', () => {
  expect(hear([stream(1), 1], [stream(2), 2], [stream(3), 3]).newestFirst).toEqual([stream(3)]);
});

test('of two devices that are known, one is the newer one; of any other two, none', () => {
  const devices = hear(['a', 0], ['b', 1]);
  expect(isNewerDevice(devices, 'b', 'a')).toBe(true);
  expect(isNewerDevice(devices, stream(2), stream(1))).toBe(true);
  for (const [one, other] of [
    ['a', 'b'],
    ['b', 'b'],
    ['b', null],
    [null, 'a'],
    ['c', 'a'],
    ['b', 'c'],
    [stream(1), stream(2)],
  ] as const) {
    expect(isNewerDevice(devices, one, other)).toBe(false);
  }
});
