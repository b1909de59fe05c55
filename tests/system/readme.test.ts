import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { findPorts } from '../../tools/stack/processes/ports.ts';
import { TreeCopy } from '../../tools/testing/tree-copy.ts';
import { codeBlocks, readDocuments } from '../support/docs/documents.ts';
import { inTwoSizes } from '../support/long.ts';
import { Terminal } from '../support/terminal.ts';
import { COMPILE_CACHE } from '../support/tool.ts';

/*
 * A newcomer pastes the README, block by block, in a copy of this tree. Only the ports are others, since a stack may run
 * on this machine already.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEST_LIMIT_MS = 400_000;
const LAST_WORDS = 'Ctrl-C stops everything.';

const PORTS = { GATEWAY_PORT: 8080, BOOKING_PORT: 8081, TRACKING_PORT: 8082 };
let ports: Record<keyof typeof PORTS, number>;
let copy: TreeCopy;
beforeAll(async () => {
  copy = await TreeCopy.make(ROOT);
  chmodSync(copy.directory, 0o755); // as a clone is: PostgreSQL, under a user of its own, passes through
  ports = await findPorts({ GATEWAY_PORT: [], BOOKING_PORT: [], TRACKING_PORT: [] });
});
afterAll(() => copy.discard());

function open(): Terminal {
  const { PATH, HOME, USER } = process.env;
  const asText = Object.entries(ports).map(([name, port]) => [name, String(port)]);
  return new Terminal(copy.directory, { PATH, HOME, USER, ...COMPILE_CACHE, ...Object.fromEntries(asText) });
}

/** The README's blocks of shell, in its order. */
function blocks(): string[] {
  const readme = readDocuments().find(({ path }) => path === 'README.md');
  if (!readme) throw new Error('there is no README.md');
  const shell = codeBlocks(readme).filter(({ language }) => language === 'sh');
  return shell.map(({ code }) =>
    code.trim().replaceAll(/localhost:(\d+)/g, (_, port) => `localhost:${portFor(Number(port))}`),
  );
}

function portFor(standard: number): number {
  const name = (['GATEWAY_PORT', 'BOOKING_PORT', 'TRACKING_PORT'] as const).find((each) => PORTS[each] === standard);
  if (!name) throw new Error(`the README calls port ${standard}, and nothing of this test listens there`);
  return ports[name];
}

inTwoSizes(
  'whoever pastes the README sees what it says, and at the next start the data is there',
  { short: { startsAgain: false }, long: { startsAgain: true } },
  { run: pasteAll, timeoutMs: TEST_LIMIT_MS },
);

async function pasteAll({ startsAgain }: { startsAgain: boolean }): Promise<void> {
  const [start = '', compose, demo = '', watch = '', ...walk] = blocks();
  expect([start, compose, demo]).toEqual(['npm start', 'docker compose up -d --build --wait', 'npm run demo']);
  const stack = open();
  stack.begin(start);
  await stack.shows(LAST_WORDS);

  const city = open();
  city.begin(demo);
  await city.shows('\n', 40);
  expect(await city.ctrlC()).toBe(0);

  const screen = open();
  screen.begin(watch);
  for (const who of ['user alice', 'driver dave', 'admin ops']) await screen.shows(new RegExp(`${who} +- connected`));
  const hand = open();
  /** What stands on the screen, or in the newcomer's own terminal, after each block. */
  const [tokens, duty, book, accept, locate, drive, ask, ...surplus] = walk;
  expect(surplus).toEqual([]);
  expect(await hand.paste(tokens ?? '')).toBe('');
  expect(await hand.paste(duty ?? '')).toMatch(/^\{"driver_id":"dave","status":"Available".*\}\n$/);
  await screen.shows(/admin ops +driver_status_update +driver_id=dave +status=Available/);
  expect(await hand.paste(book ?? '')).toMatch(/^[0-9a-f-]{36}\n$/);
  await screen.shows(/driver dave +new_booking_request +booking_id=/);
  expect(await hand.paste(accept ?? '')).toContain('"status":"Accepted"');
  await screen.shows(/user alice +booking_accepted +booking_id=\S+ +driver_id=dave/);
  expect(await hand.paste(locate ?? '')).toBe('{"accepted":1,"rejected":[]}\n');
  await screen.shows(/user alice +driver_location +booking_id=\S+ +latitude=52\.5205 +longitude=13\.4005/);
  expect((await hand.paste(drive ?? '')).match(/^\{"booking_id".*\}$/gm)).toHaveLength(6);
  await screen.shows(/user alice +status_update +booking_id=\S+ +status=Delivered/);
  const [events = '', dispatch = ''] = (await hand.paste(ask ?? '')).split('\n');
  expect(events).toMatch(/"to":"Delivered"/);
  expect(dispatch).toMatch(/"driver_id":"dave"/);
  expect(await screen.ctrlC()).toBe(0);

  expect(await stack.ctrlC()).toBe(0);
  expect(stack.output).toMatch(/stopped\n$/);
  if (!startsAgain) return;
  const again = open();
  again.begin(start);
  await again.shows(LAST_WORDS);
  expect(await hand.paste(ask ?? '')).toContain(events);
  expect(await again.ctrlC()).toBe(0);
}
