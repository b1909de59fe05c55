import TestSequencer from '@jest/test-sequencer';

/** Jest learns what takes long from its earlier runs, of which a fresh clone has none; begun last, one alone would go on. */
const LONGEST = ['chaos', 'readme', 'logi', 'dead-letters', 'first-change', 'judging'].map(
  (name) => `/${name}.test.ts`,
);

export default class extends TestSequencer {
  sort(tests) {
    const isLong = ({ path }) => LONGEST.some((name) => path.endsWith(name));
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
