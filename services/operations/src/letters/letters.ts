import { asOnlyOperator, keepDeadLetters } from '@logi/events';
import type { Context } from '../context.ts';

/** Whoever looks more often sees what the last look found. */
const FRESH_MS = 2_000;
/** How long somebody at the command line is waited for. */
const LOOK_WAIT_MS = 1_000;

/**
 * The dead queues, emptied into the table when somebody looks; not all the time, or what goes wrong without end would fill
 * the database instead of a queue that has a limit.
 */
export class DeadQueues {
  readonly #ctx: Context;
  #look: { at: number; done: Promise<boolean> } | undefined;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Whether all that has died is in the table now. */
  keepAll(): Promise<boolean> {
    if (this.#look && Date.now() - this.#look.at < FRESH_MS) return this.#look.done;
    const done = this.#keep();
    this.#look = { at: Date.now(), done };
    return done;
  }

  async #keep(): Promise<boolean> {
    const { db, config, log } = this.#ctx;
    try {
      const moved = await asOnlyOperator(db, (connection) => keepDeadLetters(connection, config.AMQP_URL), {
        patienceMs: LOOK_WAIT_MS,
      });
      if (moved > 0) log.info({ moved }, 'dead letters moved from the broker to the table');
      return true;
    } catch (err) {
      log.warn({ err }, 'the dead queues could not be emptied');
      return false;
    }
  }
}
