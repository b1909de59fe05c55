import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keepServers } from '../../tools/testing/test-servers.ts';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';
import { Terminal } from '../support/terminal.ts';
import { spawnTool } from '../support/tool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNIT_TEST = 'tools/testing/percentile.test.ts';
const TEST_WITH_SERVERS = 'tests/events/persistence.test.ts';

let copy: TreeCopy;
beforeAll(async () => {
  copy = await TreeCopy.make(ROOT);
});
afterAll(() => copy.discard());

function run(...args: string[]) {
  return spawnTool(join(copy.directory, 'tools/test.ts'), args, { HOME: process.env['HOME'] ?? '' });
}

test('unit tests need no servers, and the last line counts them', async () => {
  const { status, output, errors } = await run('--unit', UNIT_TEST).ended();
  expect({ status, output }).toEqual({ status: 0, output: '1 passed, 0 failed\n' });
  expect(errors).not.toContain(TEST_WITH_SERVERS);
});

test('a run uses the servers that are kept, and stops none', async () => {
  const { databaseUrl, amqpUrl, managementUrl } = JSON.parse(process.env['LOGI_TEST_SERVERS'] ?? '{}');
  const forget = keepServers(`${copy.directory}/`, {
    databaseUrl,
    amqpUrl,
    managementUrl,
    stop: async () => undefined,
  });
  const { status, output } = await run(TEST_WITH_SERVERS, '-t', 'nothing has this name').ended();
  forget();
  expect({ status, output }).toEqual({
    status: 0,
    output: 'using the servers that `npm run servers` keeps\n0 passed, 0 failed\n',
  });
});

test('a watched test runs again when its file changes', async () => {
  const { PATH, HOME } = process.env;
  const terminal = new Terminal(copy.directory, { PATH, HOME });
  terminal.begin(`node tools/test.ts --unit --watchAll ${UNIT_TEST}`);
  await terminal.shows(/^Tests: .* passed/m);
  appendFileSync(join(copy.directory, UNIT_TEST), '\n');
  await terminal.shows(/^Tests: .* passed/m, 2);
  await terminal.ctrlC();
});
