import { type Belief, believe, believeAll, type Verdict } from './belief.ts';
import { type Clock, hearClock, RIGHT_CLOCK, type Said } from './clock.ts';
import { type Devices, hearDevice, isNewerDevice, NO_DEVICES } from './devices.ts';
import { compareFixes, type Fix } from './fix.ts';
import { stands } from './standing.ts';

/** A late fix may change what is believed if it is at most so much older than the newest one. */
const WINDOW_MS = 600_000;

/** A point that was taken, as far as it is judged here. */
export type JudgedPoint = Fix & {
  flaw: string | null;
  deviceTime: number | null;
  sentAt: number | null;
};

/** `off`: the newest fix is believed. `count`: likewise, but what would be done is counted. `on`: what is done is. */
export type Plausibility = 'off' | 'count' | 'on';
export type JudgingRules = { plausibility: Plausibility; maxSpeed: number; silentMs: number };

/** What a driver's next points are judged by. */
export type DriverState<P extends JudgedPoint> = {
  belief: Belief<P>;
  /** What others are shown: the believed fix, or the newest where plausibility decides nothing. */
  shown: P | null;
  stands: boolean | null;
  /** Of the newest point, if it is one that nothing uses. */
  flaw: string | null;
  clock: Clock;
  devices: Devices;
};

export const UNKNOWN_DRIVER = {
  belief: { believed: null, stranger: null },
  shown: null,
  stands: null,
  flaw: null,
  clock: RIGHT_CLOCK,
  devices: NO_DEVICES,
} as const satisfies DriverState<JudgedPoint>;

export type DriverJudgement<P extends JudgedPoint> = {
  state: DriverState<P>;
  /** The points as they are to be kept: at their right times, and with what speaks against them. */
  points: readonly P[];
  verdicts: Verdict[];
  /** The oldest time from which on all points are to be looked at again, since one came late; null: none did. */
  lookAgainFrom: Date | null;
};

/** Judges what came from one driver, in the order in which it came, of one message or more. */
export function judgeDriver<P extends JudgedPoint>(
  came: readonly P[],
  before: DriverState<P>,
  rules: JudgingRules,
): DriverJudgement<P> {
  const { clock, points: timed } = setRight(came, before.clock);
  let { devices } = before;
  for (const { device, receivedAt, flaw } of timed) {
    if (flaw === null) devices = hearDevice(devices, device, { at: receivedAt.getTime(), silentMs: rules.silentMs });
  }
  const judgement: DriverJudgement<P> = {
    state: { ...before, clock, devices },
    points: timed,
    verdicts: [],
    lookAgainFrom: null,
  };
  const inOrder = timed.length === 1 ? timed : [...timed].sort(compareFixes);
  for (const point of inOrder) {
    if (point.flaw === null) judgeFix(judgement, point, rules);
    else if (!before.shown || compareFixes(point, before.shown) > 0) judgement.state.flaw = point.flaw;
  }
  const { state } = judgement;
  if (state.shown !== before.shown && state.shown) {
    state.stands = stands(state.shown, before.shown);
    if (inOrder.at(-1)?.flaw === null) state.flaw = null;
  }
  return judgement;
}

/** What is believed, and shown, when all sound points of the window have been looked at again, in their order. */
export function lookAgain<P extends JudgedPoint>(
  state: DriverState<P>,
  sorted: readonly P[],
  { maxSpeed }: JudgingRules,
): DriverState<P> {
  const belief = believeAll(sorted, { maxSpeed, isNewerDevice: () => false });
  const { believed } = belief;
  if (!believed) return state;
  if (state.shown && compareFixes(believed, state.shown) === 0) return { ...state, belief };
  return { ...state, belief, shown: believed, stands: stands(believed, null) };
}

function judgeFix<P extends JudgedPoint>(judgement: DriverJudgement<P>, point: P, rules: JudgingRules): void {
  const { state } = judgement;
  const { believed, stranger } = state.belief;
  const newest = believed && stranger && compareFixes(stranger, believed) > 0 ? stranger : believed;
  if (newest && compareFixes(point, newest) <= 0) {
    if (rules.plausibility !== 'on' || isOneOf(point, believed, stranger)) return;
    const from = new Date(newest.recordedAt.getTime() - WINDOW_MS);
    if (point.recordedAt >= from) judgement.lookAgainFrom = from;
    return;
  }
  if (rules.plausibility === 'off') {
    state.belief = { believed: point, stranger: null };
    state.shown = point;
    return;
  }
  const { verdict, ...belief } = believe(state.belief, point, {
    maxSpeed: rules.maxSpeed,
    isNewerDevice: (device, than) => isNewerDevice(state.devices, device, than),
  });
  judgement.verdicts.push(verdict);
  state.belief = belief;
  state.shown = rules.plausibility === 'on' ? belief.believed : point;
  if (verdict !== 'other_device' || rules.plausibility !== 'on') return;
  judgement.points = judgement.points.map((each) => (each === point ? { ...each, flaw: verdict } : each));
}

function isOneOf(point: Fix, ...known: (Fix | null)[]): boolean {
  return known.some((each) => each !== null && compareFixes(point, each) === 0);
}

/** Each message tells something of its device's clock, and is read by it. */
function setRight<P extends JudgedPoint>(came: readonly P[], before: Clock): { clock: Clock; points: readonly P[] } {
  let clock = before;
  const points: P[] = [];
  for (const message of messagesOf(came)) {
    const said = saidBy(message);
    if (said) clock = hearClock(clock, said);
    for (const point of message) points.push(readBy(clock, point));
  }
  return { clock, points };
}

function saidBy(message: readonly JudgedPoint[]): Said | undefined {
  let said: Said | undefined;
  for (const { isDeviceTimed, deviceTime, sentAt, receivedAt } of message) {
    if (!isDeviceTimed || deviceTime === null) continue;
    said ??= { newest: deviceTime, sentAt: null, receivedAt: receivedAt.getTime() };
    if (deviceTime > said.newest) said.newest = deviceTime;
    said.sentAt = sentAt ?? said.sentAt;
  }
  return said;
}

function readBy<P extends JudgedPoint>({ offsetMs }: Clock, point: P): P {
  if (offsetMs === 0 || !point.isDeviceTimed || point.deviceTime === null) return point;
  return { ...point, recordedAt: new Date(point.deviceTime + offsetMs) };
}

/** The points of one message were received at one moment, and are that moment's in a row. */
function messagesOf<P extends JudgedPoint>(came: readonly P[]): readonly (readonly P[])[] {
  if (came.length === 1) return [came];
  const messages: P[][] = [];
  for (const point of came) {
    const current = messages.at(-1);
    if (current?.[0]?.receivedAt === point.receivedAt) current.push(point);
    else messages.push([point]);
  }
  return messages;
}
