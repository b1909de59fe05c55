/*
 * The plan of the house: which rooms there are, and what each may import. Whatever is not named here is refused, also a
 * file that stands in no room, so the plan grows with the tree. Within a room everything is in sight.
 */

/** `room` is a folder with all below it, or a file; the most specific one counts. `may` names rooms, or packages of npm. */
export type Room = {
  room: string;
  may: readonly string[];
  /** Also what its unit tests may import; they stand beside their subject. */
  inTests: readonly string[];
  /** A list of like things, each a file, may be longer than a folder of parts. */
  isList: boolean;
};

/** Any package that the room's own package.json names. */
export const NPM = 'npm';
/** More files than this (tests not counted) are more than one subject. */
export const MAX_FILES = 14;

const LIBS = ['auth', 'contracts', 'events', 'messaging', 'persistence', 'service'].map((name) => `libs/${name}`);
const IN_TESTS = [NPM, 'libs/contracts', 'tools/testing'];

function room(name: string, may: readonly string[], { isList = false, inTests = IN_TESTS } = {}): Room {
  return { room: name, may, isList, inTests };
}

type House = {
  /** Packages and rooms elsewhere, which everything in it may know. */
  below: readonly string[];
  /** Files that the rooms stand on, such as `config`; they know nothing of the house. */
  ground?: readonly string[];
  /** What carries things from room to room and to the doors; so it may name the rooms, and they it. */
  context?: string;
  /** Each with the rooms it knows. */
  rooms: Record<string, readonly string[]>;
  /** Lists of operations, which know the rooms and not each other. */
  doors?: readonly string[];
};

/** Rooms under one roof. What stands in the folder itself puts them together, and none of them knows it. */
function house(src: string, { below, ground = [], context = 'context', rooms, doors = [] }: House): Room[] {
  const within = (names: readonly string[]) => names.map((each) => `${src}/${each}`);
  const groundFiles = within(ground.map((name) => `${name}.ts`));
  const contextFile = `${src}/${context}.ts`;
  const all = within(Object.keys(rooms));
  const inReach = [...below, ...groundFiles, contextFile];
  return [
    ...groundFiles.map((file) => room(file, below)),
    room(contextFile, [...below, ...groundFiles, ...all]),
    ...Object.entries(rooms).map(([name, knows]) => room(`${src}/${name}`, [...inReach, ...within(knows)])),
    ...within(doors).map((door) => room(door, [...inReach, ...all], { isList: true })),
    room(src, [...inReach, ...all, ...within(doors)]),
  ];
}

const DOORS = ['routes', 'consumers'];
/** What the workshop stands on. */
const BENCH = [NPM, ...LIBS, 'libs/client', 'tools/stack', 'tools/testing'];
const SERVICES = ['services/booking', 'services/gateway', 'services/tracking', 'services/operations/src'];
const TESTS = [...BENCH, ...SERVICES];

export const PLAN: readonly Room[] = [
  room('libs/contracts', ['zod'], { isList: true, inTests: [NPM] }),
  room('libs/auth', [NPM, 'libs/contracts']),
  room('libs/persistence', [NPM, 'libs/contracts']),
  room('libs/messaging', [NPM, 'libs/contracts']),
  room('libs/events', [NPM, 'libs/contracts', 'libs/messaging', 'libs/persistence']),
  room('libs/service', [NPM, 'libs/auth', 'libs/contracts', 'libs/persistence']),
  ...house('libs/client/src', {
    below: [], // it has no dependencies where it runs
    rooms: { stores: ['driver'], driver: ['connection'], http: ['connection'], connection: [] },
  }),
  room('libs/client', [NPM]), // how it is built

  ...house('services/gateway/src', {
    below: [NPM, ...LIBS.filter((name) => name !== 'libs/persistence' && name !== 'libs/events')], // it has no database
    ground: ['config', 'instances', 'metrics'],
    rooms: {
      feed: ['sockets', 'journal'],
      watching: ['sockets', 'journal'],
      operators: ['sockets', 'journal'],
      sockets: ['journal'],
      journal: [],
    },
    doors: DOORS,
  }),
  ...house('services/tracking/src', {
    below: [NPM, ...LIBS],
    ground: ['config', 'tables'],
    rooms: {
      trips: ['drivers', 'positions', 'judging'],
      watching: ['drivers', 'positions'],
      drivers: ['positions', 'judging'],
      trackers: [],
      positions: ['judging', 'reading'],
      judging: [],
      reading: [],
    },
    doors: DOORS,
  }),
  ...house('services/booking/src', {
    below: [NPM, ...LIBS],
    ground: ['config', 'cursor', 'tables'],
    rooms: {
      audit: [],
      search: ['bookings', 'pricing', 'blocks'],
      bookings: ['pricing'],
      blocks: [],
      pricing: [],
    },
    doors: DOORS,
  }),

  ...house('services/operations/src', {
    below: [NPM, ...LIBS],
    ground: ['config'],
    rooms: { letters: [], health: [], handing: [], page: [], 'sign-in': [], broker: [] },
    doors: ['routes'],
  }),
  // The console, which a browser runs: of the services it knows what they send, and nothing that they do.
  ...house('services/operations/app', {
    below: [NPM, 'libs/contracts', 'libs/client'],
    ground: ['vite.config'],
    context: 'address',
    rooms: {
      bookings: ['map', 'fields', 'parts', 'data'],
      drivers: ['parts', 'data'],
      charts: ['styles', 'parts'],
      map: ['styles', 'parts', 'data'],
      fields: ['parts'],
      parts: ['data'],
      data: [],
      styles: [],
    },
    doors: ['pages'],
  }),

  // Which settings a service reads, its own schema says.
  room('tools/stack', [
    ...[NPM, ...LIBS, 'tools/stack/servers', 'tools/stack/processes'],
    ...SERVICES.map((service) => `${service.replace(/\/src$/, '')}/src/config.ts`),
  ]),
  room('tools/stack/servers', [NPM, ...LIBS, 'tools/stack/processes']),
  room('tools/stack/processes', [NPM, ...LIBS]),
  room('tools/testing', [NPM, ...LIBS, 'libs/client', 'tools/stack']),
  room('tools/testing/browser', [NPM, 'tools/stack/servers', 'tools/testing']),
  room('tools/testing/people', [NPM, ...LIBS, 'libs/client', 'tools/testing']),
  ...house('tools/chaos', {
    below: BENCH,
    rooms: { faults: ['people', 'stack'], people: ['checker'], checker: ['stack'], stack: [] },
  }),
  ...house('tools/demo', {
    below: BENCH,
    ground: ['api', 'stack-address'],
    context: 'world',
    rooms: { people: ['ledger', 'city'], screen: ['ledger', 'city'], ledger: ['city'], city: [] },
  }),
  ...house('tools/bench', {
    below: [...BENCH, ...SERVICES], // some rows measure one function
    ground: ['call', 'load', 'processes', 'suite'],
    rooms: {
      attackers: ['pairs'],
      booking: ['pairs'],
      gateway: ['pairs'],
      instances: ['life', 'pairs'],
      life: ['pairs'],
      page: ['pairs'],
      tracking: ['pairs'],
      start: ['pairs'],
      pairs: [],
    },
  }),
  room('tools/mutants', BENCH),
  room('tools/advisories', [NPM, 'libs/contracts']),
  room('tools/logi', [NPM, ...LIBS, ...SERVICES, 'tools/stack']),
  room('tools/examples', [NPM, 'libs/auth', 'tools/stack']),
  room('tools/reference', [NPM, ...LIBS, ...SERVICES]),
  room('tools/rooms', [NPM]),
  room('tools', [NPM, ...LIBS, 'tools/stack', 'tools/testing'], { isList: true }), // the commands

  room('tests', [...TESTS, 'tests/support', 'tests/support/api']),
  room('tests/support', [...TESTS, 'tests/support/api']),
  room('tests/support/api', [NPM, ...LIBS, 'tools/testing']),
  room('tests/support/docs', [...TESTS, 'tests/support']),
  room('tests/support/raw', [...TESTS, 'tests/support']),
  room('tests/support/services', [...TESTS, 'tests/support', 'tests/support/raw']),
  room('tests/support/client', [...TESTS, 'tests/support']),
  room('tests/support/people', [...TESTS, 'tests/support', 'tests/support/services']),
  room('tests/system/openapi.test.ts', [...TESTS, 'tests/support', 'tests/support/api', 'tools/reference']),
  room('tests/security/privacy.test.ts', [...TESTS, 'tests/support', 'tools/logi/privacy']),
  room('tests/system/reference.test.ts', ['tools/reference', NPM]),
  room('tests/system/guides.test.ts', [...TESTS, 'tests/support', 'tools/examples']),
  room('tests/system/conformance.test.ts', [...TESTS, 'tests/support', 'tools/logi']),
  room('tests/system/rooms.test.ts', ['tools/rooms', NPM]),
  room('tests/system/image.test.ts', ['tools/rooms', NPM]),
];
