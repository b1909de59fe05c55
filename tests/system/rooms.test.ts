import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkRooms } from '../../tools/rooms/check.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Who must not import what. Files that are not there are fine: it is the import that is refused. */
const FORBIDDEN: [from: string, to: string][] = [
  // contracts import only zod; libraries only those below them, and no service
  ['libs/contracts/src/planted.ts', 'pino'],
  ['libs/contracts/src/planted.ts', 'pg'],
  ['libs/contracts/src/planted.ts', '@logi/messaging'],
  ['libs/contracts/src/planted.ts', 'libs/service/src/log.ts'],
  ['libs/contracts/src/planted.ts', 'tools/testing/planted.ts'],
  ['libs/auth/src/planted.ts', '@logi/service'],
  ['libs/persistence/src/planted.ts', '@logi/events'],
  ['libs/persistence/src/planted.ts', '@logi/messaging'],
  ['libs/messaging/src/planted.ts', '@logi/persistence'],
  ['libs/messaging/src/planted.ts', '@logi/events'],
  ['libs/events/src/planted.ts', '@logi/service'],
  ['libs/service/src/planted.ts', '@logi/booking'],
  ['libs/service/src/planted.ts', 'services/gateway/src/sockets/hub.ts'],
  ['libs/service/src/planted.ts', 'tools/stack/stack.ts'],
  ['libs/client/src/planted.ts', 'ws'],
  ['libs/client/src/planted.ts', '@logi/auth'],
  // a service knows the others by their events, and the workshop not at all
  ['services/booking/src/planted.ts', 'services/tracking/src/config.ts'],
  ['services/booking/src/search/planted.ts', '@logi/tracking'],
  ['services/tracking/src/routes/planted.ts', 'services/gateway/src/journal/journal.ts'],
  ['services/gateway/src/feed/planted.ts', 'services/booking/src/tables.ts'],
  ['services/gateway/src/sockets/planted.ts', 'tools/testing/planted.ts'],
  ['services/gateway/src/sockets/planted.ts', '@logi/persistence'],
  // within a service imports run one way
  ['services/gateway/src/journal/planted.ts', 'services/gateway/src/sockets/hub.ts'],
  ['services/gateway/src/journal/planted.ts', 'services/gateway/src/feed/event-feed.ts'],
  ['services/gateway/src/journal/planted.ts', 'services/gateway/src/operators/sessions.ts'],
  ['services/gateway/src/sockets/planted.ts', 'services/gateway/src/feed/event-feed.ts'],
  ['services/gateway/src/sockets/planted.ts', 'services/gateway/src/operators/sessions.ts'],
  ['services/gateway/src/feed/planted.ts', 'services/gateway/src/operators/sessions.ts'],
  ['services/gateway/src/operators/planted.ts', 'services/gateway/src/feed/event-feed.ts'],
  ['services/tracking/src/positions/planted.ts', 'services/tracking/src/drivers/signals.ts'],
  ['services/tracking/src/positions/planted.ts', 'services/tracking/src/trips/stalls.ts'],
  ['services/tracking/src/positions/planted.ts', 'services/tracking/src/trackers/osmand.ts'],
  ['services/tracking/src/drivers/planted.ts', 'services/tracking/src/trips/stalls.ts'],
  ['services/tracking/src/trackers/planted.ts', 'services/tracking/src/positions/point.ts'],
  ['services/booking/src/pricing/planted.ts', 'services/booking/src/bookings/booking-store.ts'],
  ['services/booking/src/pricing/planted.ts', 'services/booking/src/search/search.ts'],
  ['services/booking/src/bookings/planted.ts', 'services/booking/src/search/search.ts'],
  // rooms know neither the doors nor who puts them together; the doors do not know each other
  ['services/booking/src/search/planted.ts', 'services/booking/src/routes/accept-offer.ts'],
  ['services/booking/src/search/planted.ts', 'services/booking/src/consumers/driver-stalled.ts'],
  ['services/gateway/src/sockets/planted.ts', 'services/gateway/src/service.ts'],
  ['services/tracking/src/trips/planted.ts', 'services/tracking/src/main.ts'],
  ['services/tracking/src/routes/planted.ts', 'services/tracking/src/consumers/booking-moved.ts'],
  ['services/tracking/src/consumers/planted.ts', 'services/tracking/src/routes/get-me.ts'],
  // the workshop stands on its test kit, and its parts not on each other
  ['tools/stack/processes/planted.ts', 'tools/stack/servers/servers.ts'],
  ['tools/stack/servers/planted.ts', 'tools/stack/stack.ts'],
  ['tools/testing/planted.ts', 'tools/chaos/run.ts'],
  ['tools/testing/planted.ts', 'tests/support/servers.ts'],
  ['tools/testing/planted.ts', 'tools/testing/people/person.ts'],
  ['tools/chaos/planted.ts', 'tools/demo/world.ts'],
  ['tools/demo/planted.ts', 'tools/chaos/run.ts'],
  ['tools/bench/planted.ts', 'tools/chaos/run.ts'],
  ['tools/mutants/planted.ts', 'tools/bench/suite.ts'],
  ['tools/chaos/planted.ts', 'services/booking/src/config.ts'],
  ['tools/chaos/stack/planted.ts', 'tools/chaos/checker/checker.ts'],
  ['tools/chaos/checker/planted.ts', 'tools/chaos/people/world.ts'],
  ['tools/chaos/people/planted.ts', 'tools/chaos/faults/faults.ts'],
  ['tools/chaos/faults/planted.ts', 'tools/chaos/run.ts'],
  ['tools/demo/city/planted.ts', 'tools/demo/ledger/ledger.ts'],
  ['tools/demo/ledger/planted.ts', 'tools/demo/people/driver.ts'],
  ['tools/demo/screen/planted.ts', 'tools/demo/people/driver.ts'],
  ['tools/bench/booking/planted.ts', 'tools/bench/gateway/measure.ts'],
  ['tests/support/planted.ts', 'tests/support/people/people.ts'],
  ['tests/support/raw/planted.ts', 'tests/support/services/system.ts'],
  ['tests/support/services/planted.ts', 'tests/support/people/people.ts'],
  ['tests/booking/planted.ts', 'tools/demo/world.ts'],
  ['tests/support/planted.ts', 'tools/chaos/run.ts'],
];

let tree: string;
let before: string[];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'logi-rooms-'));
  for (const folder of ['libs', 'services', 'tools', 'tests']) {
    await cp(join(ROOT, folder), join(tree, folder), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
  }
  before = await checkRooms(tree);
});

afterAll(async () => {
  await rm(tree, { recursive: true });
});

/** What is found besides, while these files are there. */
async function foundWith(files: Record<string, string>): Promise<string[]> {
  const paths = Object.keys(files).map((file) => join(tree, file));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), text, { flag: 'wx' });
  }
  const found = await checkRooms(tree);
  for (const path of paths) await rm(path);
  return found.filter((line) => !before.includes(line));
}

function importOf(from: string, to: string): string {
  const isFile = /\.ts$/.test(to);
  const path = relative(dirname(from), to);
  return isFile && !path.startsWith('.') ? `./${path}` : isFile ? path : to;
}

test('the tree is as the plan has it', () => {
  expect(before).toEqual([]);
});

test('each forbidden import is refused: of values, of types, handed on, and at run time', async () => {
  const ways = [
    (to: string) => `import { some } from '${to}';`,
    (to: string) => `import type { Some } from '${to}';`,
    (to: string) => `export * from '${to}';`,
    (to: string) => `export const some = import('${to}');`,
  ];
  const planted = FORBIDDEN.flatMap(([from, to], index) =>
    ways.map((write, way) => ({ file: from.replace(/\w+\.ts$/, `planted-${index}-${way}.ts`), from, to, write })),
  );
  const found = await foundWith(
    Object.fromEntries(planted.map(({ file, to, write }) => [file, `${write(importOf(file, to))}\n`])),
  );
  const missed = planted.filter(({ file }) => !found.some((line) => line.startsWith(`${file} must not import `)));
  expect(missed.map(({ file, from, to }) => `${file} (${from} → ${to})`)).toEqual([]);
});

test('a circle is found, also of types only and through a folder of its own room', async () => {
  const found = await foundWith({
    'services/booking/src/pricing/planted-a.ts': "import type { B } from './planted-b.ts';\nexport type A = B;\n",
    'services/booking/src/pricing/planted-b.ts': "import type { A } from './planted-a.ts';\nexport type B = A;\n",
  });
  expect(found).toEqual([expect.stringMatching(/^a circle: .*planted-a\.ts → .*planted-b\.ts → .*planted-a\.ts$/)]);
});

test('a file that stands in no room, and a folder of too many files, are found', async () => {
  const many = Array.from({ length: 15 }, (_, i) => [`services/gateway/src/journal/planted-${i}.ts`, '']);
  const found = await foundWith({ 'libs/planted/src/index.ts': '', ...Object.fromEntries(many) });
  expect(found).toEqual([
    'libs/planted/src/index.ts stands in no room',
    expect.stringMatching(/^services\/gateway\/src\/journal has \d+ files/),
  ]);
});
