import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { EVENT_MUTANTS } from './event-mutants.ts';
import { RULE_MUTANTS } from './rule-mutants.ts';
import { SERVICE_MUTANTS } from './service-mutants.ts';
import { UPKEEP_MUTANTS } from './upkeep-mutants.ts';

const MUTANTS = [...EVENT_MUTANTS, ...SERVICE_MUTANTS, ...RULE_MUTANTS, ...UPKEEP_MUTANTS];

const inTree = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test.each(MUTANTS)('the code that $id breaks is where it says', ({ file, edits, caughtBy }) => {
  const code = readFileSync(inTree(file), 'utf8');
  for (const [from] of edits) expect([from, code.split(from).length - 1]).toEqual([from, 1]);
  expect(existsSync(inTree(caughtBy.file))).toBe(true);
});
