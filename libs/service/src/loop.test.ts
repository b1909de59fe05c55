import { expect, test } from '@jest/globals';
import { createLogger } from './log.ts';
import { Loop } from './loop.ts';

const log = createLogger({ service: 'test', level: 'silent' });

test('a round that fails is followed by the next', async () => {
  const second = Promise.withResolvers<void>();
  let rounds = 0;
  const loop = new Loop({
    name: 'test',
    everyMs: 1,
    log,
    work: async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('on purpose');
      second.resolve();
    },
  });
  loop.start();
  await second.promise;
  await loop.stop();
});

test('a loop that is stopped finishes the round at hand, and begins no other', async () => {
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let rounds = 0;
  const loop = new Loop({
    name: 'test',
    everyMs: 1,
    log,
    work: async () => {
      begun.resolve();
      await goOn.promise;
      rounds += 1;
    },
  });
  loop.start();
  await begun.promise;
  const stopped = loop.stop();
  goOn.resolve();
  await stopped;
  expect(rounds).toBe(1);
});
