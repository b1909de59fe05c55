import { glob, readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { authVariables } from '@logi/auth';
import { CLOSE_CODES, ERROR_CODES } from '@logi/contracts';
import { settings as bookingSettings } from '../../services/booking/src/config.ts';
import { settings as gatewaySettings } from '../../services/gateway/src/config.ts';
import { settings as trackingSettings } from '../../services/tracking/src/config.ts';

/** All tests, and what they stand on. */
let tests = '';
beforeAll(async () => {
  for await (const path of glob(['tests/**/*.ts', '{libs,services,tools}/**/*.test.ts'])) {
    tests += await readFile(path, 'utf8');
  }
});

const isNamed = (pattern: string) => new RegExp(pattern).test(tests);

test('every setting is set by some test', () => {
  const schemas = [authVariables, bookingSettings, gatewaySettings, trackingSettings];
  const names = new Set(schemas.flatMap(({ shape }) => Object.keys(shape)));
  expect([...names].filter((name) => !isNamed(`\\b${name}\\b`))).toEqual([]);
});

test('every error code is expected by some test', () => {
  expect(Object.keys(ERROR_CODES).filter((code) => !isNamed(`'${code}'`))).toEqual([]);
});

test('every close code is expected by some test', () => {
  const codes = Object.values(CLOSE_CODES).map(({ code }) => code);
  expect(codes.filter((code) => !isNamed(`(?:\\bcode: |\\btoBe\\(|, |\\[)${code}\\b`))).toEqual([]);
});
