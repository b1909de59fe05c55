import type { Blocks } from '@logi/auth';
import { blockEntry, STATE_STREAMS } from '@logi/contracts';
import { type Publisher, StateReader } from '@logi/messaging';
import type { Logger } from 'pino';

export type BlockFeedOptions = { blocks: Blocks; publisher: Publisher; log: Logger };

/**
 * Whom an operator has put out, as booking tells it. They are known once a whole snapshot has been read and all that came
 * after it; without the snapshot, no news might only mean that what there was is past the stream's beginning. While the
 * broker is away what is known holds.
 */
export function createBlockFeed({ blocks, publisher, log }: BlockFeedOptions): StateReader {
  const reader = new StateReader({
    stream: STATE_STREAMS.blocks,
    service: 'gateway',
    publisher,
    lookBackMs: undefined,
    onEntries: (entries) => {
      for (const entry of entries) {
        const { success, data } = blockEntry.safeParse(entry);
        if (success) blocks.learn(data);
        else log.error('malformed block dropped');
      }
    },
    onWhole: () => {
      blocks.forgetUnnamed();
      blocks.setKnown();
    },
    onCurrent: () => {
      if (reader.hasReadWhole) blocks.setKnown();
    },
    onMalformed: ({ offset, routingKey }) => log.error({ offset, routingKey }, 'malformed message of blocks dropped'),
  });
  return reader;
}
