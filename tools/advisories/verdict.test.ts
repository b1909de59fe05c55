import { expect, test } from '@jest/globals';
import { readAudit } from './verdict.ts';

const counts = (high: number) => ({
  metadata: { vulnerabilities: { critical: 0, high, moderate: 0, low: 0, info: 0 } },
});

test('a report without advisories is good news', () => {
  expect(readAudit(JSON.stringify({ ...counts(0), vulnerabilities: {} }))).toEqual({ is: 'clean' });
});

test('advisories are told, the worst first', () => {
  const entry = (name: string, severity: string, fixAvailable: boolean) => ({
    name,
    severity,
    range: '<2',
    fixAvailable,
  });
  const vulnerabilities = { a: entry('a', 'low', false), b: entry('b', 'high', true) };
  expect(readAudit(JSON.stringify({ ...counts(1), vulnerabilities }))).toEqual({
    is: 'affected',
    lines: ['high      b <2  (a fixed version is there: npm audit fix)', 'low       a <2  (no fixed version yet)'],
  });
});

test.each([
  [
    'a registry that does not have this',
    JSON.stringify({ message: '405 Method Not Allowed', statusCode: 405 }),
    '405 Method Not Allowed',
  ],
  [
    'no network',
    JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'getaddrinfo ENOTFOUND' } }),
    'getaddrinfo ENOTFOUND',
  ],
  ['nothing', '', 'npm printed no report'],
  ['a page', '<html>', 'npm printed no report'],
  ['another report', '{"auditReportVersion":3}', 'npm printed no report'],
])('%s is no good news, and is said', (_name, output, why) => {
  expect(readAudit(output)).toEqual({ is: 'unknown', why });
});
