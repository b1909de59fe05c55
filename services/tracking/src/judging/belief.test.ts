import { expect, test } from '@jest/globals';
import { type Belief, believe, type Verdict } from './belief.ts';
import type { Fix } from './fix.ts';

const START = Date.UTC(2026, 5, 1, 12);
const METERS_PER_DEGREE = 111_195;

/** So many seconds later, and so many kilometres further north. */
function at(seconds: number, km: number, change: Partial<Fix> = {}): Fix {
  const recordedAt = new Date(START + seconds * 1_000);
  return {
    latitude: 10 + (km * 1_000) / METERS_PER_DEGREE,
    longitude: 20,
    recordedAt,
    receivedAt: recordedAt,
    accuracy: 5,
    speed: null,
    seq: null,
    device: null,
    isDeviceTimed: true,
    ...change,
  };
}

/** The devices `new` and `old`. */
const rules = {
  maxSpeed: 70,
  isNewerDevice: (device: string | null, than: string | null) => device === 'new' && than === 'old',
};

type Row = [what: string, fixes: Fix[], verdicts: Verdict[], believed: number];
test.each<Row>([
  ['the first fix', [at(0, 0)], ['first'], 0],
  ['one that can be driven to', [at(0, 0), at(10, 0.7)], ['first', 'reachable'], 1],
  ['one that cannot', [at(0, 0), at(10, 0.8)], ['first', 'implausible'], 0],
  ['one that can within its inexactness', [at(0, 0), at(10, 0.8, { accuracy: 90 })], ['first', 'reachable'], 1],
  [
    'one that may have been under way for a while',
    [at(0, 0), at(1, 6.3, { isDeviceTimed: false })],
    ['first', 'reachable'],
    1,
  ],
  [
    'a list without times',
    [0, 100, 200].map((km) => at(0, km, { isDeviceTimed: false })),
    ['first', 'reachable', 'reachable'],
    2,
  ],
  ['one that was under way for longer', [at(0, 0), at(1, 6.5, { isDeviceTimed: false })], ['first', 'implausible'], 0],
  ['the way after a glitch', [at(0, 0), at(1, 650), at(2, 0.1)], ['first', 'implausible', 'reachable'], 2],
  ['a second that agrees with a stranger', [at(0, 0), at(1, 650), at(2, 650)], ['first', 'implausible', 'agreed'], 2],
  [
    'strangers that do not agree',
    [at(0, 0), at(1, 650), at(2, 90), at(3, 650), at(4, 0)],
    ['first', 'implausible', 'implausible', 'implausible', 'reachable'],
    4,
  ],
  [
    'a glitch, the way, and the same glitch',
    [at(0, 0), at(1, 650), at(2, 0), at(3, 650)],
    ['first', 'implausible', 'reachable', 'implausible'],
    2,
  ],
  ['a wrong first fix', [at(0, 650), at(1, 0), at(2, 0.01)], ['first', 'implausible', 'agreed'], 2],
  [
    'the old phone after the new one, however often',
    [at(0, 0, { device: 'new' }), at(1, 20, { device: 'old' }), at(2, 20, { device: 'old' })],
    ['first', 'other_device', 'other_device'],
    0,
  ],
  [
    'the new phone while the old one sends thrice as often',
    [
      at(0, 20, { device: 'old' }),
      at(1, 0, { device: 'new' }),
      at(2, 20, { device: 'old' }),
      at(3, 20, { device: 'old' }),
      at(4, 20, { device: 'old' }),
      at(5, 0, { device: 'new' }),
      at(6, 20, { device: 'old' }),
    ],
    ['first', 'implausible', 'reachable', 'reachable', 'reachable', 'agreed', 'other_device'],
    5,
  ],
])('%s', (_what, fixes, expected, believed) => {
  let belief: Belief = { believed: null, stranger: null };
  const verdicts = fixes.map((fix) => {
    const { verdict, ...next } = believe(belief, fix, rules);
    belief = next;
    return verdict;
  });
  expect(verdicts).toEqual(expected);
  expect(belief.believed).toBe(fixes[believed]);
});
