import { spawnSync } from 'node:child_process';
import { appendFileSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEST_LIMIT_MS = 120_000;

let copy: TreeCopy;
beforeAll(async () => {
  copy = await TreeCopy.make(ROOT);
});
afterAll(() => copy.discard());

test(
  'a service runs from one file, and from its sources where one of them is another, or it is asked to',
  async () => {
    expect(start()).toEqual({ from: 'sources', refuses: 'BOOKING_PORT' });
    bundle();
    expect(start()).toEqual({ from: 'one file', refuses: 'BOOKING_PORT' });
    const undo = await copy.edit('services/booking/src/config.ts', [['  BOOKING_PORT: ', '  RESERVING_PORT: ']]);
    expect(start()).toEqual({ from: 'sources', refuses: 'RESERVING_PORT' });
    await undo();
    expect(start()).toEqual({ from: 'one file', refuses: 'BOOKING_PORT' });
    expect(start('--conditions=@logi/source')).toEqual({ from: 'sources', refuses: 'BOOKING_PORT' });
  },
  TEST_LIMIT_MS,
);

/** As `npm ci` does; each file says that it runs. */
function bundle(): void {
  run(['tools/prepare.mjs']);
  for (const file of globSync(join(copy.directory, 'node_modules/.cache/logi/bundles/*.cjs')))
    appendFileSync(file, "process.stderr.write('one file');\n");
}

/** Booking with a port that is none. */
function start(...options: string[]): { from: 'one file' | 'sources'; refuses: string | undefined } {
  const said = run([...options, 'services/booking/src/main.ts']);
  return { from: said.includes('one file') ? 'one file' : 'sources', refuses: /\w+_PORT(?=:)/.exec(said)?.[0] };
}

function run(args: string[]): string {
  const env = { PATH: process.env['PATH'], BOOKING_PORT: 'none', RESERVING_PORT: 'none' };
  return spawnSync(process.execPath, args, { cwd: copy.directory, env, encoding: 'utf8' }).stderr;
}
