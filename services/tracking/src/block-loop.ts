import type { Blocks } from '@logi/auth';
import { readBlockChanges } from '@logi/events';
import { Loop } from '@logi/service';
import type { Context } from './context.ts';

/** How soon a block that one instance has taken in holds on all of them. */
const BLOCKS_EVERY_MS = 500;

/** From our copy to the memory of this instance; of several, only one takes in the events. */
export function createBlockLoop({ db, log }: Context, blocks: Blocks): Loop {
  let lastChange = 0;
  return new Loop({
    name: 'blocks',
    everyMs: BLOCKS_EVERY_MS,
    log,
    work: async () => {
      const { entries, last } = await readBlockChanges(db, lastChange);
      for (const entry of entries) blocks.learn(entry);
      lastChange = last;
      blocks.setKnown();
    },
  });
}
