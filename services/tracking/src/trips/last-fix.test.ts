import { expect, test } from '@jest/globals';
import { isOfTrip, type LastFix, liveUntil, shownFor, toLivePosition } from './last-fix.ts';

const START = new Date('2026-06-01T12:00:00.000Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const config = { LIVE_POSITION_MAX_AGE_MS: 60_000, SIGNAL_DARK_AFTER_MS: 120_000 };

/** A fix so many seconds after the trip began, of a driver who has been on duty for two hours by then. */
function fix(seconds: number, change: Partial<LastFix> = {}): LastFix {
  return {
    bookingId: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
    userId: 'ana',
    driverId: 'dro',
    startedAt: START,
    onDutySince: at(-7_200),
    latitude: 1,
    longitude: 2,
    accuracy: 5,
    heading: null,
    speed: 7,
    recordedAt: at(seconds),
    receivedAt: at(seconds),
    stands: null,
    heardAt: at(seconds),
    ...change,
  };
}

test.each<[what: string, fix: LastFix, until: Date | undefined]>([
  ['a fix of the trip', fix(10), at(70)],
  ['one of a driver who stands and was heard of later', fix(10, { stands: true, heardAt: at(600) }), at(720)],
  ['one of a driver who moved and was heard of later', fix(10, { stands: false, heardAt: at(600) }), at(70)],
  ['one of a driver who stands and was heard of no more', fix(10, { stands: true, heardAt: null }), at(70)],
  ['one that came late', fix(10, { receivedAt: at(71) }), undefined],
  ['one from before the trip, of a driver off duty', fix(-1, { onDutySince: null }), undefined],
])('%s is live until then', (_what, known, until) => {
  expect(liveUntil(known, shownFor(known), config)).toEqual(until);
});

test.each<[what: string, fix: LastFix, isOfTrip: boolean]>([
  ['recorded in it', fix(10), true],
  ['recorded in it, of a driver off duty', fix(10, { onDutySince: null }), true],
  ['recorded in it, and sent much later', fix(10, { receivedAt: at(3_600) }), true],
  ['live as it began', fix(-60), true],
  ['no longer live as it began', fix(-60.001), false],
  ['of a driver who stood as it began', fix(-3_600, { stands: true, heardAt: at(-10) }), true],
  ['of a driver who stood, and had gone dark as it began', fix(-3_600, { stands: true, heardAt: at(-121) }), false],
  ['the end of a backlog from before it', fix(-3_600, { stands: true, receivedAt: at(5), heardAt: at(5) }), false],
  ['from before the driver went on duty', fix(-10, { onDutySince: at(-9) }), false],
  ['from before it, of a driver off duty', fix(-10, { onDutySince: null }), false],
])('a fix %s is, or is not, the trip’s', (_what, known, expected) => {
  expect(isOfTrip(known, shownFor(known), config)).toBe(expected);
  expect(toLivePosition(known, config) !== undefined).toBe(expected);
});

test('gateways are told where, when, and until when that is where the driver is', () => {
  expect(toLivePosition(fix(10), config)).toEqual({
    booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
    user_id: 'ana',
    driver_id: 'dro',
    latitude: 1,
    longitude: 2,
    recorded_at: at(10).toISOString(),
    speed: 7,
    started_at: START.toISOString(),
    live_until: at(70).toISOString(),
  });
  const late = fix(10, { receivedAt: at(3_600) });
  expect(toLivePosition(late, config)?.live_until).toBe(late.recordedAt.toISOString());
});
