import { expect, test } from '@jest/globals';
import { readTime } from './read-time.ts';

const AT = '2026-11-25T18:35:16.000Z';
const seconds = Date.parse(AT) / 1_000;

test.each<[form: string, value: unknown, at: string]>([
  ['RFC 3339', AT, AT],
  ['lower-case letters', '2026-11-25t18:35:16z', AT],
  ['an offset', '2026-11-25T19:35:16+01:00', AT],
  ['an offset without a colon', '2026-11-25T13:05:16-0530', AT],
  ['an offset of hours', '2026-11-25T19:35:16+01', AT],
  ['no zone, which is UTC', '2026-11-25T18:35:16', AT],
  ['a space', '2026-11-25 18:35:16', AT],
  ['a space and a named zone', '2026-11-25 18:35:16 UTC', AT],
  ['a space before the offset', '2026-11-25 18:35:16 +0000', AT],
  ['no seconds', '2026-11-25T18:35Z', '2026-11-25T18:35:00.000Z'],
  ['no separators', '20261125T183516Z', AT],
  ['a comma before the fraction', '2026-11-25T18:35:16,250Z', '2026-11-25T18:35:16.250Z'],
  ['nanoseconds', '2026-11-25T18:35:16.123456789Z', '2026-11-25T18:35:16.123Z'],
  ['one digit of a fraction', '2026-11-25T18:35:16.5Z', '2026-11-25T18:35:16.500Z'],
  ['Java’s zone', '2026-11-25T19:35:16+01:00[Europe/Paris]', AT],
  ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['HTTP', 'Wed, 25 Nov 2026 18:35:16 GMT', AT],
  ['mail', 'Wed, 25 Nov 2026 19:35:16 +0100', AT],
  ['JavaScript', 'Wed Nov 25 2026 19:35:16 GMT+0100 (Central European Standard Time)', AT],
  ['Java', 'Wed Nov 25 18:35:16 UTC 2026', AT],
  ['seconds', seconds, AT],
  ['seconds with a fraction', seconds + 0.25, '2026-11-25T18:35:16.250Z'],
  ['milliseconds', seconds * 1e3, AT],
  ['microseconds', seconds * 1e6, AT],
  ['nanoseconds in a number', seconds * 1e9, AT],
  ['seconds as text', String(seconds), AT],
  ['seconds with a fraction as text', `${seconds}.5`, '2026-11-25T18:35:16.500Z'],
  ['milliseconds as text', ` ${seconds * 1e3} `, AT],
  ['a double of Java', '1.795631716E9', '2026-11-25T18:35:16.000Z'],
  ['seconds after 2038', 2 ** 31 + 1, '2038-01-19T03:14:09.000Z'],
  ['a clock at its beginning', 0, '1970-01-01T00:00:00.000Z'],
  ['a clock before its beginning', -(2 ** 31), '1901-12-13T20:45:52.000Z'],
  ['year 1', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
])('%s is a time', (_form, value, at) => {
  expect(readTime(value)).toBe(Date.parse(at));
});

test.each([1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY])('%p is a time at the edge of what can be', (value) => {
  expect(readTime(value)).toBe(8.64e15);
});

test.each([
  'soon',
  '',
  ' ',
  'NaN',
  '18:35',
  '2026-11-25',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-11-25T24:01:00Z',
  '2026-11-25T18:60:00Z',
  '2026-11-25T18:35:16+24:00',
  '٢٠٢٦-١١-٢٥T18:35:16Z',
  `2026-11-25T18:35:16.${'1'.repeat(200)}Z`,
  '1,5',
  '0x10',
  Number.NaN,
  true,
  null,
  undefined,
  [],
  {},
])('%p is no time', (value) => {
  expect(readTime(value)).toBeUndefined();
});
