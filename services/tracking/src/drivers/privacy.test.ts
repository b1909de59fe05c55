import { expect, test } from '@jest/globals';
import { driverStatus, type Principal, ROLES } from '@logi/contracts';
import { type Sight, type Subject, sightOf, VIEWS } from './privacy.ts';

const STATUSES = driverStatus.options;
const who = (role: Principal['role'], isTheirs: boolean): Principal => ({ role, id: isTheirs ? `the ${role}` : 'x' });

/** Every door × role × own or not × state of driver and trip. */
const CASES = VIEWS.flatMap((view) =>
  ROLES.flatMap((role) =>
    [true, false].flatMap((isTheirs) =>
      [undefined, ...STATUSES].flatMap((status) =>
        [undefined, true, false].map((isUnderWay) => ({ view, role, isTheirs, status, isUnderWay })),
      ),
    ),
  ),
);

function seen({ view, role, isTheirs, status, isUnderWay }: (typeof CASES)[number]): Sight {
  const subject: Subject = {
    driverId: 'the driver',
    ...(status !== undefined && { status }),
    ...(isUnderWay !== undefined && { trip: { userId: 'the user', isUnderWay } }),
  };
  return sightOf(who(role, isTheirs), view, subject);
}

/** All that anybody may see, as a table; whatever has no line here is not seen. */
const ALLOWED: Record<string, Sight> = {
  'driver: the driver themself': 'exact',
  'driver: admin, on the map': 'exact',
  'nearby: admin, on the map': 'exact',
  'nearby: user, Available': 'rough',
  'location: its user, under way': 'exact',
  'location: its driver, under way': 'exact',
  'location: admin, under way': 'exact',
  'trail: its user, under way': 'exact',
  'trail: its driver, under way': 'exact',
  'trail: admin, a trip': 'exact',
};

function lineOf({ view, role, isTheirs, status, isUnderWay }: (typeof CASES)[number]): string {
  if (view === 'driver' && role === 'driver') return isTheirs ? 'driver: the driver themself' : '';
  if (view === 'nearby' && role === 'user') return `nearby: user, ${status}`;
  if (view === 'driver' || view === 'nearby') {
    return role === 'admin' && status !== undefined && status !== 'Offline' ? `${view}: admin, on the map` : '';
  }
  if (role === 'admin' && view === 'trail') return isUnderWay === undefined ? '' : 'trail: admin, a trip';
  if (isUnderWay !== true) return '';
  if (role === 'admin') return `${view}: admin, under way`;
  return isTheirs ? `${view}: its ${role}, under way` : '';
}

test('over all doors, roles and states, nobody sees a position that the table does not name', () => {
  for (const each of CASES) {
    expect({ ...each, sight: seen(each) }).toEqual({ ...each, sight: ALLOWED[lineOf(each)] ?? 'none' });
  }
  expect(new Set(CASES.map(lineOf)).size).toBeGreaterThan(Object.keys(ALLOWED).length); // each line was met
});

test('who is off duty and without a trip is seen by nobody but themself', () => {
  const seenBy = CASES.filter((each) => each.status === 'Offline' && each.isUnderWay === undefined)
    .filter((each) => seen(each) !== 'none')
    .map(({ view, role, isTheirs }) => ({ view, role, isTheirs }));
  expect(seenBy).toEqual([{ view: 'driver', role: 'driver', isTheirs: true }]);
});
