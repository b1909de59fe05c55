import { expect, test } from '@jest/globals';
import { isLive, type KnownFix } from './live.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
const config = { LIVE_POSITION_MAX_AGE_MS: 60_000, SIGNAL_DARK_AFTER_MS: 120_000 };
const onDuty = { tripStartedAt: ago(5), onDutySince: ago(7_200) };
const fix = (ageSeconds: number, change: Partial<KnownFix> = {}): KnownFix => ({
  recordedAt: ago(ageSeconds),
  receivedAt: ago(ageSeconds),
  stands: null,
  heardAt: NOW,
  ...change,
});

test.each<[what: string, fix: KnownFix, isLive: boolean]>([
  ['a fix of now', fix(0), true],
  ['a fix as old as may be', fix(60), true],
  ['an older one', fix(60.001), false],
  ['an older one of a driver who stands and is heard of', fix(3_600, { stands: true }), true],
  ['an older one of a driver who moved', fix(3_600, { stands: false }), false],
  ['of a driver who stood and was heard of two minutes ago', fix(3_600, { stands: true, heardAt: ago(120) }), true],
  ['of a driver who stood and went dark', fix(3_600, { stands: true, heardAt: ago(120.001) }), false],
  ['of a driver who stood and was not heard of since', fix(3_600, { stands: true, heardAt: null }), false],
  ['the end of a backlog that says that the driver stood', fix(3_600, { stands: true, receivedAt: NOW }), false],
])('%s', (_what, known, expected) => {
  expect(isLive(known, onDuty, { now: NOW, config })).toBe(expected);
});

test.each([
  ['before the acceptance, by a driver on duty', 10, ago(7_200), true],
  ['before the acceptance, before the driver went on duty', 10, ago(8), false],
  ['before the acceptance, by a driver off duty', 10, null, false],
  ['since the acceptance, by a driver off duty', 4, null, true],
])('recorded %s', (_what, ageSeconds, onDutySince, expected) => {
  expect(isLive(fix(ageSeconds), { tripStartedAt: ago(5), onDutySince }, { now: NOW, config })).toBe(expected);
});
