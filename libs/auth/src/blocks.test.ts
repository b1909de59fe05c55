import { beforeEach, expect, test } from '@jest/globals';
import type { BlockEntry, Principal } from '@logi/contracts';
import { Blocks } from './blocks.ts';

const ANA: Principal = { role: 'user', id: 'ana' };
const whole = (version: number, change: Partial<BlockEntry> = {}): BlockEntry => ({
  ...{ role: 'user', sub: 'ana', version, is_blocked: true, until: null, tokens_issued_before: null },
  ...change,
});
const lifted = (version: number) => whole(version, { is_blocked: false });

let blocks: Blocks;
beforeEach(() => {
  blocks = new Blocks();
});

const verdict = (issuedAt: number | undefined = undefined) => blocks.whyRefused({ principal: ANA, issuedAt });

test('nobody is admitted before the blocks are known', () => {
  const holder = { principal: ANA, issuedAt: undefined };
  expect(() => blocks.check(holder)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  blocks.setKnown();
  expect(() => blocks.check(holder)).not.toThrow();
  blocks.learn(whole(1));
  expect(() => blocks.check(holder)).toThrow(expect.objectContaining({ code: 'blocked' }));
});

test.each<[name: string, entries: BlockEntry[], refused: 'blocked' | undefined]>([
  ['blocked', [whole(1)], 'blocked'],
  ['blocked, lifted', [whole(1), lifted(2)], undefined],
  ['lifted, and then heard of the block', [lifted(2), whole(1)], undefined],
  ['blocked again', [whole(1), lifted(2), whole(3)], 'blocked'],
  ['told twice', [whole(1), whole(1)], 'blocked'],
  ['blocked until an hour ago', [whole(1, { until: new Date(Date.now() - 3_600_000).toISOString() })], undefined],
  ['blocked for an hour', [whole(1, { until: new Date(Date.now() + 3_600_000).toISOString() })], 'blocked'],
  ['a driver of the same id', [whole(1, { role: 'driver' })], undefined],
])('%s: the newest version counts', (_name, entries, refused) => {
  for (const entry of entries) blocks.learn(entry);
  expect(verdict()).toBe(refused);
});

test('only tokens that are older, or do not say, are revoked', () => {
  blocks.learn(whole(1, { tokens_issued_before: '2026-01-01T00:00:00Z' }));
  const at = Date.parse('2026-01-01T00:00:00Z');
  expect([verdict(at - 1), verdict(at), verdict(undefined)]).toEqual(['token_revoked', undefined, 'token_revoked']);
});

test('who is blocked is told to whoever has something of theirs open, and only what is news', () => {
  const told: Principal[] = [];
  blocks.onBlocked((principal) => told.push(principal));
  for (const entry of [whole(1), whole(1), lifted(2), whole(1)]) blocks.learn(entry);
  expect(told).toEqual([ANA]);
});

test('what two snapshots in a row do not name is no more; one may be older than the block', () => {
  blocks.learn(whole(1));
  blocks.forgetUnnamed();
  expect(verdict()).toBe('blocked');
  blocks.learn(whole(1));
  blocks.forgetUnnamed();
  expect(verdict()).toBe('blocked');
  blocks.forgetUnnamed();
  expect(verdict()).toBeUndefined();
});
