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

/**
 * A service: its doors (`routes`, `consumers`) and its rooms, each with the rooms it knows. They stand on the ground
 * (`config`, `tables`, …) and are put together by `service.ts`; none of them knows it. `context` carries things from
 * the rooms to the doors, so it may name them.
 */
type Service = { libs?: readonly string[]; ground: readonly string[]; rooms: Record<string, readonly string[]> };

function service(name: string, { libs = LIBS, ground, rooms }: Service): Room[] {
  const src = `services/${name}/src`;
  const within = (names: readonly string[]) => names.map((each) => `${src}/${each}`);
  const files = (names: readonly string[]) => within(names.map((each) => `${each}.ts`));
  const below = [NPM, ...libs, ...files(ground)];
  const context = files(['context']);
  const all = within(Object.keys(rooms));
  const doors = within(['routes', 'consumers']);
  return [
    ...files(ground).map((file) => room(file, [NPM, ...libs])),
    ...context.map((file) => room(file, [...below, ...all])),
    ...Object.entries(rooms).map(([each, knows]) => room(`${src}/${each}`, [...below, ...context, ...within(knows)])),
    ...doors.map((door) => room(door, [...below, ...context, ...all], { isList: true })),
    room(src, [...below, ...context, ...all, ...doors]),
  ];
}

/** What the workshop stands on. */
const BENCH = [NPM, ...LIBS, 'libs/client', 'tools/stack', 'tools/testing'];
const SERVICES = ['services/booking', 'services/gateway', 'services/tracking'];

export const PLAN: readonly Room[] = [
  room('libs/contracts', ['zod'], { isList: true, inTests: [NPM] }),
  room('libs/auth', [NPM, 'libs/contracts']),
  room('libs/persistence', [NPM]),
  room('libs/messaging', [NPM, 'libs/contracts']),
  room('libs/events', [NPM, 'libs/contracts', 'libs/messaging', 'libs/persistence']),
  room('libs/service', [NPM, 'libs/auth', 'libs/contracts', 'libs/persistence']),
  room('libs/client', ['libs/contracts']), // types only: it has no dependencies where it runs

  ...service('gateway', {
    libs: LIBS.filter((name) => name !== 'libs/persistence' && name !== 'libs/events'), // it has no database
    ground: ['config', 'instances', 'metrics'],
    rooms: {
      feed: ['sockets', 'journal'],
      operators: ['sockets', 'journal'],
      sockets: ['journal'],
      journal: [],
    },
  }),
  ...service('tracking', {
    ground: ['config', 'tables'],
    rooms: {
      trips: ['drivers', 'positions'],
      drivers: ['positions'],
      trackers: [],
      positions: [],
    },
  }),
  ...service('booking', {
    ground: ['config', 'tables'],
    rooms: {
      search: ['bookings', 'pricing'],
      bookings: ['pricing'],
      pricing: [],
    },
  }),

  room('tools/stack', [NPM, ...LIBS, 'tools/stack/servers', 'tools/stack/processes']),
  room('tools/stack/servers', [NPM, ...LIBS, 'tools/stack/processes']),
  room('tools/stack/processes', [NPM, ...LIBS]),
  room('tools/testing', [NPM, ...LIBS, 'libs/client', 'tools/stack']),
  room('tools/testing/people', [NPM, ...LIBS, 'libs/client', 'tools/testing']),
  room('tools/chaos', BENCH),
  room('tools/demo', BENCH),
  room('tools/mutants', BENCH),
  room('tools/bench', [...BENCH, ...SERVICES]), // some rows measure one function
  room('tools/dlq', [NPM, ...LIBS, 'tools/stack']),
  room('tools/reference', [NPM, ...LIBS, ...SERVICES]),
  room('tools/rooms', [NPM]),
  room('tools', [NPM, ...LIBS, 'tools/stack', 'tools/testing'], { isList: true }), // the commands

  room('tests', [NPM, ...LIBS, 'libs/client', ...SERVICES, 'tools/stack', 'tools/testing']),
  room('tests/system/reference.test.ts', ['tools/reference', 'tests', NPM]),
  room('tests/system/rooms.test.ts', ['tools/rooms', 'tests', NPM]),
];
