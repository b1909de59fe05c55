import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareFixes } from './fix.ts';
import {
  type DriverState,
  type JudgedPoint,
  type JudgingRules,
  judgeDriver,
  lookAgain,
  UNKNOWN_DRIVER,
} from './judge-driver.ts';
import { isLive } from './live.ts';

const START = Date.UTC(2026, 5, 1, 12);
const rules: JudgingRules = { plausibility: 'on', maxSpeed: 70, silentMs: 120_000 };
const config = { LIVE_POSITION_MAX_AGE_MS: 60_000, SIGNAL_DARK_AFTER_MS: 120_000 };

/** A smooth trip to the north at 9 m/s, a fix a second, each sent at once unless it is told otherwise. */
function onTrip(seconds: number, change: Partial<JudgedPoint> = {}): JudgedPoint {
  const recordedAt = new Date(START + seconds * 1_000);
  return {
    latitude: 10 + seconds * 0.00008,
    longitude: 20,
    recordedAt,
    receivedAt: recordedAt,
    accuracy: 5,
    speed: 9,
    seq: null,
    device: null,
    flaw: null,
    deviceTime: recordedAt.getTime(),
    isDeviceTimed: true,
    sentAt: null,
    ...change,
  };
}

const tripOf = (points: number) => Array.from({ length: points }, (_, i) => onTrip(i));

/** One driver as the service keeps them: all points, and the state. */
function createDriver(by = rules) {
  const kept: JudgedPoint[] = [];
  let state: DriverState<JudgedPoint> = UNKNOWN_DRIVER;
  return {
    get shown() {
      return state.shown;
    },
    get state() {
      return state;
    },
    /** The trail's points, each once. */
    get trail() {
      const sound = kept.filter(({ flaw }) => flaw === null).sort(compareFixes);
      return sound.filter((point, i) => i === 0 || compareFixes(point, sound[i - 1] ?? point) !== 0);
    },
    receive(message: readonly JudgedPoint[], receivedAt = new Date(START + 3_600_000)) {
      const judged = judgeDriver(
        message.map((point) => ({ ...point, receivedAt })),
        state,
        by,
      );
      kept.push(...judged.points);
      state = judged.state;
      const { lookAgainFrom } = judged;
      if (lookAgainFrom) {
        const window = this.trail.filter(({ recordedAt }) => recordedAt >= lookAgainFrom);
        state = lookAgain(state, window, by);
      }
    },
  };
}

const placeOf = (fix: JudgedPoint | null) => fix && [fix.recordedAt.getTime(), fix.latitude, fix.longitude];

/** A trip with glitches, cut into messages that come in any order, some of them more than once. */
const anyUpload = fc
  .record({
    glitches: fc.array(
      fc.record({ second: fc.integer({ min: 2, max: 598 }), degrees: fc.double({ min: 1, max: 50, noNaN: true }) }),
      {
        maxLength: 4,
      },
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 8 }),
    keys: fc.array(fc.nat(), { minLength: 104, maxLength: 104 }),
    repeats: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ glitches, cuts, keys, repeats }) => {
    const points = Array.from({ length: 100 }, (_, i) => onTrip(i * 6, { seq: i }));
    for (const { second, degrees } of glitches) {
      points.push(onTrip(second, { latitude: 10 + degrees, longitude: 20 + degrees }));
    }
    const shuffled = points.map((point, i) => ({ point, key: keys[i] ?? 0 }));
    shuffled.sort((a, b) => a.key - b.key);
    const inOrder = points.toSorted(compareFixes);
    const edges = [0, ...cuts.toSorted((a, b) => a - b), points.length];
    const messages = edges
      .slice(1)
      .map((edge, i) => shuffled.slice(edges[i], edge).map(({ point }) => point))
      .filter((message) => message.length > 0);
    return { inOrder, messages: Array.from({ length: repeats }, () => messages).flat() };
  });

test('trail and final position are the same in any order of arrival, in any portions, however often they come', () => {
  fc.assert(
    fc.property(anyUpload, ({ inOrder, messages }) => {
      const [whole, oneByOne, portions] = [createDriver(), createDriver(), createDriver()];
      whole.receive(inOrder);
      for (const point of inOrder) oneByOne.receive([point]);
      for (const message of messages) portions.receive(message);
      for (const driver of [oneByOne, portions]) {
        expect(driver.trail.map(placeOf)).toEqual(whole.trail.map(placeOf));
        expect(placeOf(driver.shown)).toEqual(placeOf(whole.shown));
      }
    }),
  );
});

test('one glitch at any index of a smooth trip moves nothing that is shown, not at all', () => {
  const trip = tripOf(300);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.double({ min: -80, max: 80, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      (index, latitude, longitude) => {
        fc.pre(Math.hypot(latitude - 10, longitude - 20) > 0.05);
        const rough = createDriver();
        const shown = [...trip, null].map((point, i) => {
          if (i === index) rough.receive([onTrip(i - 0.5, { latitude, longitude })], onTrip(i - 0.5).receivedAt);
          const before = placeOf(rough.shown);
          if (point) rough.receive([point], point.receivedAt);
          return before;
        });
        expect(shown).toEqual([null, ...trip.map(placeOf)]);
        expect(rough.state.stands).toBe(false);
      },
    ),
  );
});

test.each<[what: string, before: JudgedPoint[]]>([
  ['the first that is known of a driver', []],
  ['the first after a night off duty', [onTrip(-40_000)]],
  ['the first after a tunnel', [onTrip(-121), onTrip(-120)]],
])(
  'a glitch that is %s gives way to the first two fixes that agree, and nothing goes back in time',
  (_what, before) => {
    const trip = tripOf(60);
    fc.assert(
      fc.property(
        fc.double({ min: -80, max: 80, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.record({ speed: fc.constantFrom(45, 60, 70), portion: fc.integer({ min: 1, max: 5 }) }),
        (latitude, longitude, { speed: maxSpeed, portion }) => {
          fc.pre(Math.hypot(latitude - 10, longitude - 20) > 0.05);
          const driver = createDriver({ ...rules, maxSpeed });
          const shown: JudgedPoint[] = [];
          const came = [...before, onTrip(-0.5, { latitude, longitude }), ...trip];
          for (let from = 0; from < came.length; from += from === 0 ? before.length + 1 : portion) {
            const message = came.slice(from, from === 0 ? before.length + 1 : from + portion);
            driver.receive(message, message.at(-1)?.receivedAt);
            if (driver.shown) shown.push(driver.shown);
          }
          for (const [i, fix] of shown.entries()) expect(compareFixes(shown[i - 1] ?? fix, fix)).toBeLessThanOrEqual(0);
          const seen = Math.min(2, Math.ceil(2 / portion));
          for (const fix of shown.slice(seen))
            expect(placeOf(fix)).toEqual(placeOf(onTrip(fix.recordedAt.getTime() / 1_000 - START / 1_000)));
          expect(placeOf(driver.shown)).toEqual(placeOf(trip.at(-1) ?? null));
        },
      ),
    );
  },
);

test('no prefix of a backlog is ever live, also when its driver stood', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 10, max: 4_000 }),
      fc.constantFrom(0, 9, null),
      (length, portions, uploadMs, speed) => {
        const driver = createDriver();
        const backlog = Array.from({ length }, (_, i) => onTrip(i * 15, { speed }));
        let now = START + length * 15_000 + 61_000;
        let from = 0;
        for (const portion of portions) {
          const message = backlog.slice(from, from + portion);
          if (message.length === 0) break;
          from += portion;
          now += uploadMs;
          driver.receive(message, new Date(now));
          const { shown, stands } = driver.state;
          if (!shown) throw new Error('nothing is believed');
          const known = { ...shown, stands, heardAt: new Date(now) };
          const trip = { tripStartedAt: new Date(START - 1), onDutySince: null };
          expect(isLive(known, trip, { now: new Date(now), config })).toBe(false);
        }
      },
    ),
  );
});

test('what plausibility would do is counted and not done, or neither', () => {
  const glitch = onTrip(1, { latitude: 60 });
  const came = [onTrip(0), glitch, onTrip(2), onTrip(3)];
  const judge = (plausibility: 'off' | 'count' | 'on') =>
    came.map((_, i) => judgeDriver(came.slice(0, i + 1), UNKNOWN_DRIVER, { ...rules, plausibility }));
  const shown = (plausibility: 'off' | 'count' | 'on') =>
    judge(plausibility).map(({ state }) => came.findIndex((point) => point.recordedAt === state.shown?.recordedAt));
  const verdicts = (plausibility: 'off' | 'count' | 'on') => judge(plausibility).at(-1)?.verdicts;
  expect(shown('off')).toEqual([0, 1, 2, 3]);
  expect(shown('count')).toEqual([0, 1, 2, 3]);
  expect(shown('on')).toEqual([0, 0, 2, 3]);
  expect(verdicts('off')).toEqual([]);
  for (const plausibility of ['count', 'on'] as const) {
    expect(verdicts(plausibility)).toEqual(['first', 'implausible', 'reachable', 'reachable']);
  }
});

test('a bad point says what is wrong with what came last, until a good one comes', () => {
  const driver = createDriver();
  driver.receive([onTrip(0)]);
  driver.receive([onTrip(1, { flaw: 'inaccurate' })]);
  expect(driver.state).toMatchObject({ flaw: 'inaccurate', shown: { latitude: 10 } });
  driver.receive([onTrip(2)]);
  expect(driver.state.flaw).toBeNull();
});
