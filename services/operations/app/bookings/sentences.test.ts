import { expect, test } from '@jest/globals';
import { TRANSITIONS } from '@logi/contracts';
import { sentence } from './sentences.ts';

const at = '2026-01-31T12:00:00.000Z';
const before = {
  version: 1,
  from: null,
  to: 'Accepted',
  driver_id: 'dro',
  actor: { role: 'user', id: 'ana' },
  reason: null,
  at,
} as const;
const bare = (text: string) => text.replaceAll(/[\u2068\u2069]/g, '');

test('every change there can be is a sentence, and names who made it', () => {
  for (const { from, to, actors } of TRANSITIONS) {
    for (const role of actors) {
      const change = { version: 2, from, to, driver_id: 'dua', actor: { role, id: 'ada' }, reason: null, at };
      expect(bare(sentence(change, before))).toMatch(role === 'system' ? /^(Logi|The search|Nobody) / : /^ada /);
    }
  }
});

test('a hand-over says from whom and to whom, and a first change that it was booked', () => {
  const actor = { role: 'admin', id: 'ada' } as const;
  const change = {
    version: 2,
    from: 'In Transit',
    to: 'In Transit',
    driver_id: 'dua',
    actor,
    reason: null,
    at,
  } as const;
  expect(bare(sentence(change, before))).toBe('ada handed the goods over from dro to dua');
  expect(bare(sentence({ ...change, from: null, to: 'Searching' }, undefined))).toBe('ada booked');
});

test('what a stranger has written steers no sentence', () => {
  const actor = { role: 'user', id: '\u202eelcnac' } as const;
  const change = { version: 2, from: 'Searching', to: 'Cancelled', driver_id: null, actor, reason: null, at } as const;
  expect(sentence(change, before)).toBe('\u2068\\u{202e}elcnac\u2069 cancelled it');
});
