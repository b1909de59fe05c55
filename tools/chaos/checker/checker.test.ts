import { describe, expect, test } from '@jest/globals';
import { QUEUES } from '@logi/contracts';
import { check } from './checker.ts';
import type { Facts, Told } from './facts.ts';
import { WRONGS, type Wrong } from './finding.ts';
import {
  answer,
  B,
  type Case,
  call,
  DAVE,
  goodHistory,
  heard,
  LATER,
  OPS,
  plain,
  position,
  RECORDED_AT,
  SEARCH_DEADLINE,
  status,
  told,
  ULLA,
} from './good-history.ts';
import type { Entry } from './history.ts';

/** What is found when the history is spoiled so. */
function wrongsWhen(spoil: (made: Case) => void): Wrong[] {
  const made = goodHistory();
  spoil(made);
  const { wrongs } = check(made.entries, made.facts);
  return WRONGS.filter((wrong) => wrongs[wrong] > 0);
}

const indexOf = (entries: Entry[], looked: Entry) =>
  entries.findIndex((entry) => JSON.stringify(entry) === JSON.stringify(looked));
const drop = (entries: Entry[], entry: Entry) => entries.splice(indexOf(entries, entry), 1);
const changeAll = <Each extends object>(list: Each[], change: Partial<Each>) => {
  for (const each of list) Object.assign(each, change);
};
const eventOf = ({ facts }: Case, type: Told['type']) => facts.told.findIndex((event) => event.type === type);

test('a history in which all is well is found to be well', () => {
  const { entries, facts } = goodHistory();
  expect(check(entries, facts)).toMatchObject({
    findings: [],
    counts: { attempted: 5, acknowledged: 4, committed: 11, published: 11, effected: 5, delivered: 15, points: 2 },
  });
});

const SPOILT: [wrong: Wrong, what: string, spoil: (made: Case) => void][] = [
  ['lost', 'an acknowledged booking', ({ facts }) => facts.keys.pop()],
  [
    'lost',
    'an acknowledged change',
    ({ entries }) => entries.push(call(DAVE, { op: 'advance', ...answer(5, 'Delivered') })),
  ],
  ['lost', 'an acknowledged point', ({ facts }) => facts.points.shift()],
  [
    'lost',
    'the event of a change',
    (made) => {
      const { eventId } = made.facts.told.splice(eventOf(made, 'booking.searching'), 1)[0] ?? { eventId: '' };
      made.facts.published = made.facts.published.filter((event) => event.eventId !== eventId);
      for (const by of [ULLA, DAVE, OPS]) drop(made.entries, status(by, 3));
      made.entries.pop();
    },
  ],
  ['lost', 'an event that was never published', ({ facts }) => facts.published.pop()],
  ['lost', 'an effect', ({ facts }) => facts.effects.pop()],
  ['lost', 'an answer to a search', ({ facts }) => dropAnswer(facts)],
  ['lost', 'a trip', ({ facts }) => facts.trips.pop()],
  ['lost', 'the end of a trip', ({ facts }) => changeAll(facts.trips, { endedAt: null })],
  [
    'lost',
    'that a driver has no job any more, in both services',
    ({ facts }) => changeAll(facts.drivers, { work: 'On Job', workSeen: 'On Job' }),
  ],
  [
    'lost',
    'a driver of whom booking has not heard',
    ({ facts }) => changeAll(facts.drivers, { work: null, labelSeen: null }),
  ],
  [
    'lost',
    'the end of an offer',
    ({ entries, facts }) => {
      const isClosing = ({ eventId }: { eventId: string }) => eventId.startsWith('offer.closed');
      for (const list of [facts.told, facts.published]) list.splice(list.findIndex(isClosing), 1);
      drop(entries, heard(DAVE, 'booking_offer_closed', { booking_id: B, offer_id: 'offer-1', outcome: 'accepted' }));
    },
  ],
  ['lost', 'a no that was taken', ({ entries }) => entries.push(call(DAVE, { op: 'decline', status: 204 }))],
  ['lost', 'that a driver is free again', ({ facts }) => changeAll(facts.drivers, { workSeen: 'On Job' })],
  ['lost', 'a delivery to a logi.v2 client', ({ entries }) => drop(entries, status(ULLA, 2))],
  [
    'lost',
    'all deliveries to a logi.v2 client',
    (made) => {
      made.entries = made.entries.filter((entry) => entry.kind !== 'heard' || entry.by !== DAVE);
    },
  ],
  [
    'lost',
    'a delivery in the midst of a connection in the default mode',
    ({ entries }) => drop(entries, plain(ULLA, 'status_update', { booking_id: B, status: 'Accepted' })),
  ],
  [
    'lost',
    'what a gateway could not recover',
    ({ entries }) => entries.push({ kind: 'gap', at: 1, by: ULLA, socket: 's' }),
  ],
  [
    'phantom',
    'a booking that nobody asked for',
    ({ facts }) => {
      facts.keys.push({ userId: 'ulla', key: 'never used', bookingId: B });
    },
  ],
  [
    'phantom',
    'a change that nobody asked for',
    ({ entries }) => drop(entries, call(DAVE, { op: 'cancel', ...answer(3, 'Searching') })),
  ],
  ['phantom', 'a point that was never sent', ({ facts }) => facts.points.push({ driverId: 'dave', seq: 9 })],
  [
    'phantom',
    'an event of a change that was rolled back',
    ({ facts }) => facts.published.push(told('booking.delivered', B, 5, {})),
  ],
  [
    'phantom',
    'an effect of nothing',
    ({ facts }) => facts.effects.push({ queue: QUEUES.trackingBookingEvents, eventId: 'none', at: 1 }),
  ],
  ['phantom', 'a delivery of nothing', ({ entries }) => entries.push(status(ULLA, 7))],
  [
    'phantom',
    'a delivery with another content',
    ({ entries }) => {
      const told = entries[indexOf(entries, status(ULLA, 4))];
      if (told?.kind === 'heard') told.message.payload['status'] = 'Delivered';
    },
  ],
  [
    'phantom',
    'an event that was published with another content',
    ({ facts }) => facts.published.push({ ...told('booking.cancelled', B, 4, {}), md5: 'another' }),
  ],
  [
    'phantom',
    'a position that was never sent',
    ({ entries }) => {
      const at = indexOf(entries, position(RECORDED_AT));
      entries.splice(at, 0, position('2026-01-01T00:00:04Z'));
    },
  ],
  [
    'phantom',
    'a change that was refused',
    ({ entries }) => {
      const accept = entries.find((entry) => entry.kind === 'call' && entry.op === 'accept');
      if (accept?.kind === 'call') accept.status = 409;
    },
  ],
  [
    'phantom',
    'a change by the system that is a person’s to make',
    ({ facts }) => changeAll(facts.changes, { actorRole: 'system' }),
  ],
  [
    'phantom',
    'a delivery of nothing in the default mode',
    ({ entries }) => entries.push(plain(ULLA, 'status_update', { booking_id: B, status: 'Delivered' })),
  ],
  [
    'phantom',
    'a position of nobody',
    ({ entries, facts }) => {
      facts.changes.push({
        ...facts.changes[1],
        version: 5,
        from: 'Cancelled',
        driverId: 'nobody',
      } as Facts['changes'][number]);
      facts.changes.pop();
      entries.push(
        heard(ULLA, 'driver_location', { booking_id: B, driver_id: 'nobody', recorded_at: '2026-01-01T00:00:09Z' }),
      );
    },
  ],
  [
    'doubled',
    'a repeat that was answered otherwise',
    ({ entries }) =>
      entries.push(call(ULLA, { op: 'book', key: 'k', status: 201, text: `${answer(1, 'Searching').text} ` })),
  ],
  [
    'doubled',
    'a second booking under one key',
    ({ facts }) => {
      facts.bookings.push({ bookingId: 'another', userId: 'ulla', driverId: null, status: 'Cancelled', version: 0 });
    },
  ],
  ['doubled', 'an effect', ({ facts }) => facts.effects.push(...facts.effects.slice(0, 1))],
  ['doubled', 'a trip', ({ facts }) => facts.trips.push(...facts.trips)],
  ['doubled', 'a delivery to a logi.v2 client', ({ entries }) => entries.push(status(DAVE, 3))],
  [
    'doubled',
    'a delivery on one connection in the default mode',
    ({ entries }) => entries.push(plain(ULLA, 'status_update', { booking_id: B, status: 'Accepted' })),
  ],
  [
    'reordered',
    'events in the broker',
    ({ facts }) => {
      const last = facts.published.findIndex(({ type }) => type === 'booking.cancelled');
      facts.published.unshift(...facts.published.splice(last, 1));
    },
  ],
  [
    'reordered',
    'deliveries to a logi.v2 client',
    ({ entries }) => {
      entries.push(...drop(entries, status(ULLA, 2)));
    },
  ],
  [
    'reordered',
    'deliveries in the default mode',
    ({ entries }) => {
      const [searching] = entries.splice(
        indexOf(entries, plain(ULLA, 'status_update', { booking_id: B, status: 'Searching' })),
        2,
      );
      entries.push(
        plain(ULLA, 'status_update', { booking_id: B, status: 'Cancelled' }),
        ...(searching ? [searching] : []),
      );
    },
  ],
  [
    'reordered',
    'positions',
    ({ entries }) => {
      entries.push(
        heard(ULLA, 'driver_location', { booking_id: B, driver_id: 'dave', recorded_at: '2026-01-01T00:00:01Z' }),
      );
    },
  ],
  [
    'misdelivered',
    'a message to somebody else',
    ({ entries }) =>
      entries.push(heard({ role: 'user', id: 'eve' }, 'booking_accepted', { booking_id: B, version: 2 })),
  ],
  [
    'misdelivered',
    'an envelope with another name on it',
    ({ entries }) => {
      const message = {
        type: 'driver_status_update',
        user_id: 'ulla',
        payload: { driver_id: 'dave', status: 'Available' },
      };
      entries.push({ ...plain(OPS, '', {}), message });
    },
  ],
  [
    'misdelivered',
    'an offer in the default mode to another driver',
    ({ entries }) => entries.push(plain({ role: 'driver', id: 'dora' }, 'new_booking_request', { booking_id: B })),
  ],
  [
    'misdelivered',
    'a position to somebody else',
    ({ entries }) => entries.push(plain({ role: 'user', id: 'eve' }, 'driver_location', { booking_id: B })),
  ],
  [
    'illegal',
    'a change that the table does not know',
    ({ facts }) => {
      const [, , third, fourth] = facts.changes;
      if (third && fourth)
        Object.assign(third, { to: 'Delivered' }, Object.assign(fourth, { from: 'Delivered' }) && {});
    },
  ],
  ['misdelivered', 'a position when the driver has left', ({ entries }) => entries.push(position(LATER))],
  [
    'reordered',
    'an effect',
    ({ facts }) =>
      facts.effects.forEach((effect) => {
        effect.at = -effect.at;
      }),
  ],
  [
    'illegal',
    'a broken invariant',
    ({ facts }) => facts.brokenInvariants.push({ invariant: 'all is well', broken: [] }),
  ],
  [
    'illegal',
    'a job with two drivers',
    (made) => {
      const { facts } = made;
      const job = told('driver.work_changed', 'dora', 1, { work: 'On Job', booking_id: B });
      facts.told.splice(eventOf(made, 'booking.accepted'), 0, job);
    },
  ],
  [
    'illegal',
    'a driver with two jobs',
    (made) => {
      const job = told('driver.work_changed', 'dave', 2, { work: 'On Job', booking_id: 'other' });
      made.facts.told.splice(eventOf(made, 'booking.searching'), 0, job);
    },
  ],
];

describe('is found', () => {
  test.each(SPOILT)('%s: %s', (wrong, _what, spoil) => {
    expect(wrongsWhen(spoil)).toContain(wrong);
  });
});

test('what a default-mode client missed while it was away is no loss', () => {
  const accepted = plain(ULLA, 'status_update', { booking_id: B, status: 'Accepted' });
  const searching = plain(ULLA, 'status_update', { booking_id: B, status: 'Searching' });
  expect(wrongsWhen(({ entries }) => drop(entries, searching))).toEqual([]);
  const away = (entries: Entry[]) => {
    drop(entries, accepted);
    drop(entries, searching);
    entries.push({ ...searching, connection: 2 });
  };
  expect(wrongsWhen(({ entries }) => away(entries))).toEqual([]);
});

test('a question that was read when its search was over needs no answer', () => {
  const deadline = Date.parse(SEARCH_DEADLINE);
  const readAt = (at: number) =>
    wrongsWhen(({ facts }) => {
      dropAnswer(facts);
      for (const effect of facts.effects) effect.at = at;
    });
  expect(readAt(deadline)).toEqual([]);
  expect(readAt(deadline - 0.001)).toEqual(['lost']);
});

function dropAnswer(facts: Facts): void {
  const isAnswer = ({ eventId }: { eventId: string }) => eventId.startsWith('drivers.nominated');
  for (const list of [facts.told, facts.published, facts.effects]) list.splice(list.findIndex(isAnswer), 1);
}

const BLOCKED: Entry = { kind: 'blocked', at: 1_000, whom: DAVE };
const offersIn = ({ facts }: Case) => facts.told.filter(({ type }) => type === 'offer.created');
const acknowledgedAt = (at: number): Entry => ({ kind: 'acknowledged', at, driverId: 'dave', seqs: [1] });

describe('from the moment on at which a block must hold, an effect of the blocked is found', () => {
  test.each<[what: string, entries: Entry[], spoil?: (made: Case) => void]>([
    ['a call that is granted', [{ ...call(DAVE, { op: 'decline', status: 204 }), at: 1_001 }]],
    ['a change of a booking', [], ({ facts }) => changeAll(facts.changes.slice(1, 2), { at: 1_001 })],
    ['an offer', [], (made) => changeAll(offersIn(made), { at: '1970-01-01T00:00:01.001Z' })],
    ['a point', [acknowledgedAt(3_001)]],
    ['a message', [{ ...heard(DAVE, 'status_update', {}), at: 3_001 }]],
    [
      'a point long after a fault',
      [
        { kind: 'fault begins', at: 900, id: 'F06' },
        { kind: 'fault', at: 2_000, id: 'F06', what: '' },
        acknowledgedAt(7_001),
      ],
    ],
  ])('%s', (_what, entries, spoil = () => undefined) => {
    const made = goodHistory();
    changeAll(offersIn(made), { at: '1970-01-01T00:00:00Z' });
    spoil(made);
    made.entries.push(BLOCKED, ...entries);
    const { findings } = check(made.entries, made.facts);
    expect(findings.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^driver dave /));
  });

  test('before it, and while what must tell of it is broken, none is', () => {
    const made = goodHistory();
    const fault: Entry[] = [
      { kind: 'fault begins', at: 2_500, id: 'F06' },
      { kind: 'fault', at: 4_000, id: 'F06', what: '' },
    ];
    changeAll(offersIn(made), { at: '1970-01-01T00:00:00Z' });
    const { findings } = check([...made.entries, BLOCKED, ...fault, acknowledgedAt(8_999)], made.facts);
    expect(findings).toEqual([]);
  });
});
