import type { Blocks } from '@logi/auth';
import { type BlockEntry, principalKey, STATE_STREAMS } from '@logi/contracts';
import { readBlockChanges, readStandingBlocks, takeStateTurn } from '@logi/events';
import type { StateWriter } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import type { Tables } from '../tables.ts';

const SNAPSHOT_EVERY_MS = 10_000;

export type BlockNewsOptions = { blocks: Blocks; db: Database<Tables>; writer: StateWriter };

/**
 * From the table to all who must know: this process's memory, and the stream that gateways read. Each instance does so
 * for every change, whoever made it. That gateways hear it from several is no harm, and whoever made it may be gone.
 */
export class BlockNews {
  readonly #options: BlockNewsOptions;
  #lastChange = 0;
  /** The broker has not taken them yet; the newest of each principal, as there is no need to tell the others. */
  readonly #untold = new Map<string, BlockEntry>();
  #isSnapshotDue = false;

  constructor(options: BlockNewsOptions) {
    this.#options = options;
  }

  /** To be called often. */
  async follow(): Promise<void> {
    const { db, blocks } = this.#options;
    const { entries, last } = await readBlockChanges(db, this.#lastChange);
    this.#lastChange = last;
    for (const entry of entries) {
      blocks.learn(entry);
      this.#untold.set(principalKey({ role: entry.role, id: entry.sub }), entry);
    }
    blocks.setKnown();
  }

  /** To be called often; what the broker does not take is told the next time. */
  async tell(): Promise<void> {
    const telling = [...this.#untold];
    if (telling.length === 0 || !(await this.#options.writer.change(telling.map(([, entry]) => entry)))) return;
    for (const [key, entry] of telling) if (this.#untold.get(key) === entry) this.#untold.delete(key);
  }

  /** To be called often, on every instance: writes all there is when it is our turn. */
  async snapshot(): Promise<void> {
    const { db, writer } = this.#options;
    this.#isSnapshotDue ||= await takeStateTurn(db, { name: STATE_STREAMS.blocks, everyMs: SNAPSHOT_EVERY_MS });
    if (this.#isSnapshotDue) this.#isSnapshotDue = !(await writer.snapshot(await readStandingBlocks(db)));
  }
}
