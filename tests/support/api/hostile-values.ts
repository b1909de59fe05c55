/* Values that no app would send, and how they get into what it would. */

export const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'undefined',
  'true',
  'NaN',
  'Infinity',
  '1e999',
  '-1e-999',
  '9007199254740993',
  '\0',
  'a\0b',
  '\u202egnp.exe',
  '\u200b',
  '\ufeff',
  '\ud800',
  '🚚'.repeat(40),
  'x'.repeat(129),
  'x'.repeat(5_000),
  '../../etc/passwd',
  '%00',
  '%',
  "' or 1=1 --",
  '"; drop table booking.booking; --',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  '#',
  '*',
  'booking.*',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '-000001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-01-31T12:00:00+23:59',
  '00000000-0000-0000-0000-000000000000',
  '1,2,3',
  '-180,-90,180,90',
  'WzEsMl0',
];

export const VALUES: readonly unknown[] = [
  ...TEXTS,
  ...[null, true, false, 0, -0, -1, 0.1, 181, -90.0001, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, -1e308, 5e-324],
  ...[[], {}, [[]], [null], { length: 1e9 }, { type: 'Point' }, { type: 'Point', coordinates: [200, 100] }],
  { type: 'Point', coordinates: ['1', '2'] },
  nested(200),
  Array.from({ length: 600 }, () => 0),
];

/** Bodies that are no mutation of good ones. */
export const RAW_BODIES = [
  '',
  ' ',
  'null',
  '[]',
  '"text"',
  '{',
  '{"a":}',
  '{"status":"Offline","status":"Available"}',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"latitude":NaN}',
  '{"latitude":1e999}',
  "{'status':'Offline'}",
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`,
  '\ufeff{}',
  '{}{}',
  'status=Offline&status=Available',
  `{"reason":"${'x'.repeat(300_000)}"}`,
];

/** Every place in a value, as the keys that lead there. */
export function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const entries = Object.entries(value).slice(0, 20);
  return [
    [],
    ...entries.flatMap(([key, inner]) =>
      placesIn(inner)
        .slice(0, 20)
        .map((path) => [key, ...path]),
    ),
  ];
}

export function exchanged(value: unknown, [key, ...path]: string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, n) => (String(n) === key ? exchanged(item, path, replacement) : item));
  const fields: Record<string, unknown> = { ...(value as object) }; // the path leads through objects and lists only
  return { ...fields, [key]: exchanged(fields[key], path, replacement) };
}

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce((inner) => ({ a: inner }), 1);
}
