import { expect, test } from '@jest/globals';
import { geoPoint } from './geo.ts';
import { principalId, printable, timestamp } from './text.ts';

test.each([
  ['dots', 'a.b'],
  ['wildcards of the broker', '*.#'],
  ['spaces at both ends', ' a '],
  ['a line break', 'a\nb'],
  ['128 characters', 'x'.repeat(128)],
  ['128 characters of two UTF-16 units each', '🚚'.repeat(128)],
  ['a replacement character', '\ufffd'],
  ['one character of two code points', 'e\u0301'],
])('%s may be an id, unchanged', (_name, id) => {
  expect(principalId.parse(id)).toBe(id);
});

test.each([
  ['nothing', ''],
  ['129 characters', 'x'.repeat(129)],
  ['NUL', 'a\0'],
  ['the first half of a pair', '\ud83d'],
  ['the second half of a pair', '\ude00a'],
  ['a pair the wrong way round', '\ude00\ud83d'],
  ['a number', 7],
])('%s is no id', (_name, id) => {
  expect(principalId.safeParse(id).success).toBe(false);
});

test.each(['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00+05:30', '2024-02-29T00:00:00Z'])(
  '%s is a time',
  (text) => {
    expect(timestamp.safeParse(text).success).toBe(true);
    expect(Number.isNaN(Date.parse(text))).toBe(false);
  },
);

test.each(['2026-01-31', '2026-01-31T12:00:00', '2023-02-29T00:00:00Z', '2026-13-01T00:00:00Z', 'now', '1e999', ''])(
  '%s is no time',
  (text) => {
    expect(timestamp.safeParse(text).success).toBe(false);
  },
);

test('longitude comes first in GeoJSON', () => {
  expect(geoPoint.safeParse({ type: 'Point', coordinates: [180, 90] }).success).toBe(true);
  expect(geoPoint.safeParse({ type: 'Point', coordinates: [90, 180] }).success).toBe(false);
});

test.each([
  ['the start of a control sequence', 'a\x1b[2Jb', 'a\\u001b[2Jb'],
  ['the start of one in a single character', '\x9b2J', '\\u009b2J'],
  ['what deletes', 'a\x7f\b', 'a\\u007f\\u0008'],
  ['what turns the order of letters round', '\u202eabc', '\\u202eabc'],
  ['what is not seen', 'a\u200bb\u{e0041}', 'a\\u200bb\\udb40\\udc41'],
  ['another end of a line', 'a\u2028b', 'a\\u2028b'],
])('%s is shown and not obeyed by a terminal', (_name, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('what is printed of JSON is the same JSON', () => {
  const value = { id: '\x9b\u202e\u{e0041}\x7f\x1b', ordinary: 'Zoë 🚚\n\t' };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
