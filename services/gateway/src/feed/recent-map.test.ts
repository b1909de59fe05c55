import { expect, test } from '@jest/globals';
import { RecentMap } from './recent-map.ts';

test('what was set lately is there with its newest value, and what was set long ago is forgotten', () => {
  const map = new RecentMap<number, string>(100);
  for (let key = 0; key < 1_000; key += 1) {
    map.set(key, `first ${key}`);
    map.set(key, `second ${key}`);
    for (const recent of [key, key - 50, key - 99]) {
      if (recent >= 0) expect(map.get(recent)).toBe(`second ${recent}`);
    }
  }
  expect(map.get(799)).toBeUndefined();
});
