import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';
import { readDocument } from '../support/docs/documents.ts';
import { type Step, stepsOf, take } from '../support/docs/walkthrough.ts';
import { inTwoSizes } from '../support/long.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEST_LIMIT_MS = 400_000;

let copy: TreeCopy;
beforeAll(async () => {
  copy = await TreeCopy.make(ROOT);
});
afterAll(() => copy.discard());

const TYPE_CHECK: Step = { is: 'command', command: 'npm run typecheck', fails: false, prints: [] };

inTwoSizes(
  'who follows "Your first change" to the letter has an event, a route and a setting, and tests that pass',
  { short: ['new file', 'edit'], long: ['new file', 'edit', 'command'] },
  {
    async run(kinds) {
      const steps = stepsOf(readDocument('docs/your-first-change.md'));
      expect([...new Set(steps.map(({ is }) => is))].sort()).toEqual(['command', 'edit', 'new file']);
      // What comes before shows that the tree is well, which the rest of this run does.
      const first = steps.findIndex(({ is }) => is === 'edit');
      for (const step of steps.slice(first)) if (kinds.includes(step.is)) await take(step, copy);
      await take(TYPE_CHECK, copy);
    },
    timeoutMs: TEST_LIMIT_MS,
  },
);

const edit = (code: string) =>
  stepsOf({ path: '', text: `\`rotten.txt\`\n\n\`\`\`diff\n${code}\n\`\`\`\n` })[0] as Step; // it has one block

test.each([
  ['is gone', ' three\n+four', 'rotten.txt has this 0 times'],
  ['is there twice', ' two\n+four', 'rotten.txt has this 2 times'],
  ['is only a part of a line', ' on\n+four', 'rotten.txt has this 0 times'],
])('a step whose place %s cannot be taken', async (_, code, reason) => {
  writeFileSync(join(copy.directory, 'rotten.txt'), '\none\ntwo\ntwo\n');
  await expect(take(edit(code), copy)).rejects.toThrow(reason);
});

test('a command that ends otherwise than the document says cannot be taken', async () => {
  const fails = { is: 'command', command: 'node no-such-script.ts', fails: true } as const;
  await take({ ...fails, prints: ['…no-such-script.ts…'] }, copy);
  await expect(take({ ...fails, prints: ['all is well'] }, copy)).rejects.toThrow('without ["all is well"]');
  await expect(take({ ...fails, fails: false, prints: [] }, copy)).rejects.toThrow('ended with 1');
});
