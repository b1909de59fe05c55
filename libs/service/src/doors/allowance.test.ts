import { expect, test } from '@jest/globals';
import { DomainError } from '@logi/contracts';
import { Registry } from 'prom-client';
import { Allowance, type Rates } from './allowance.ts';

const RATES: Rates = { writes: { perSecond: 10, burst: 50 }, points: { perSecond: 50, burst: 100_000 } };

function allowanceAt(rates: Rates = RATES) {
  let nowMs = 1_000_000.123_456_7; // as the clock has it
  const registry = new Registry();
  const allowance = new Allowance(rates, { registry, now: () => nowMs });
  const refusalOf = (cost: number, holder: string) => {
    try {
      allowance.pay('writes', holder, { cost });
      return undefined;
    } catch (err) {
      return err instanceof DomainError ? { code: err.code, retryAfterMs: err.retryAfterMs } : err;
    }
  };
  return {
    allowance,
    registry,
    pass: (ms: number) => {
      nowMs += ms;
    },
    refusalOf,
    /** How many of so many calls at once are let through. */
    passed: (calls: number, holder = 'user ana') =>
      Array.from({ length: calls }, () => refusalOf(1, holder)).filter((refusal) => refusal === undefined).length,
  };
}

test('a burst is let through at once, and one more is told when it may come', () => {
  const { passed, refusalOf } = allowanceAt();
  expect(passed(60)).toBe(50);
  expect(refusalOf(1, 'user ana')).toEqual({ code: 'rate_limited', retryAfterMs: 100 });
  expect(refusalOf(5, 'user ana')).toEqual({ code: 'rate_limited', retryAfterMs: 500 });
});

test('what was not spent grows back at the rate, and never beyond the burst', () => {
  const { passed, pass } = allowanceAt();
  passed(60);
  pass(1_000);
  expect(passed(60)).toBe(10);
  pass(3_600_000);
  expect(passed(60)).toBe(50);
});

test('who always sends as much as they may is never refused', () => {
  const { passed, pass } = allowanceAt();
  passed(50);
  for (let second = 0; second < 60; second += 1) {
    pass(1_000);
    expect(passed(10)).toBe(10);
  }
});

test('nobody spends what is another’s, and no class what is another class’s', () => {
  const { allowance, passed } = allowanceAt();
  passed(60, 'user ana');
  expect(passed(1, 'driver ana')).toBe(1);
  expect(allowance.owe('points', 'user ana')).toBe(0);
});

test('a refusal takes nothing, so that whoever waits as told is let through', () => {
  const { passed, pass } = allowanceAt();
  passed(1_000);
  pass(100);
  expect(passed(1)).toBe(1);
});

test('a day’s backlog of points may be owed at once, and what is beyond it for as long as it takes to grow back', () => {
  const { allowance, pass } = allowanceAt();
  expect(allowance.owe('points', 'driver dora', 100_000)).toBe(0);
  expect(allowance.owe('points', 'driver dora', 500)).toBe(10_000);
  pass(10_000);
  expect(allowance.owe('points', 'driver dora', 50)).toBe(1_000);
});

test('a penalty leaves nothing for its time, and everything after it', () => {
  const { allowance, passed, pass } = allowanceAt();
  allowance.suspend('writes', 'user eve', 5_000);
  expect(passed(1, 'user eve')).toBe(0);
  pass(4_000);
  expect(passed(1, 'user eve')).toBe(0);
  pass(1_100);
  expect(passed(1, 'user eve')).toBe(1);
  allowance.suspend('writes', 'user ben', 0);
  expect(passed(1, 'user ben')).toBe(1);
});

test('a class without a rate is not limited', () => {
  const { allowance } = allowanceAt({});
  expect(() => allowance.pay('writes', 'user ana', { cost: 1e9 })).not.toThrow();
});

test('memory is bounded: whoever has spent all is forgotten when a hundred thousand others have come', () => {
  const { passed } = allowanceAt();
  expect(passed(60, 'user eve')).toBe(50);
  for (let id = 0; id <= 100_000; id += 1) passed(1, `user ${id}`);
  expect(passed(60, 'user eve')).toBe(50);
});

test('refusals are counted by class', async () => {
  const { passed, allowance, registry } = allowanceAt();
  passed(53);
  allowance.owe('points', 'driver dora', 200_000);
  const text = await registry.metrics();
  expect(text).toContain('logi_rate_limited_total{class="writes"} 3\n');
  expect(text).toContain('logi_rate_limited_total{class="points"} 1\n');
});
