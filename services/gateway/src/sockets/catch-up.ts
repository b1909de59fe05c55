import { type Cursor, formatId, LAST_STEP, parseId } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import { controlFrame } from '../journal/message-frame.ts';
import type { Metrics } from '../metrics.ts';
import type { Announcements } from './announcements.ts';
import type { Client } from './client.ts';
import { audienceOf, type Hub } from './hub.ts';

/** How far this instance may be behind the one that a client comes from, in messages and in time. */
const MAX_BEHIND = 100_000;
const MAX_BEHIND_MS = 5_000;

/** The client has read further, on another instance, than this one has. */
type Early = { readonly lastId: string; readonly cursor: Cursor; readonly timer: NodeJS.Timeout };

export type CatchUpOptions = { journal: Journal; hub: Hub; metrics: Metrics; announcements: Announcements };

/**
 * How a client comes to be told things, from the point up to which it has read.
 *
 *   new, live --(no cursor, or one up to which this instance has read)-> live    told what came after it
 *   new, live --(a cursor that the journal does not reach)-------------> live    told that something may be missing
 *   new, live --(a cursor ahead of this instance)----------------------> early   waits outside the hub
 *   early     --(this instance has read as far)------------------------> live    told what came after it
 *   early     --(MAX_BEHIND_MS, unless the broker is away)-------------> live    told that something may be missing
 *
 * Instances read the same stream, each at its own speed. A client that leaves a fast one for a slow one may have read
 * what the slow one has yet to read:
 *
 *   the stream      94     95     96     97     98
 *   instance one    read   read   read   read            the client has read 97 here, and comes to
 *   instance two    read   read                          where 96 and 97 will be news in a moment
 *
 * To let it in at once would tell it 96 and 97 twice; to say that its cursor is unknown would make it fetch everything
 * anew, and so would all the clients of an instance that stops. So it waits until instance two has read 97, and goes on
 * from there.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #early = new Map<Client, Early>();

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  begin(client: Client, lastId: string | undefined): void {
    if (lastId === undefined) this.#options.hub.add(client);
    else this.resume(client, lastId);
  }

  /** Whether it has yet to be told all that it missed. */
  isUnderWay(client: Client): boolean {
    return client.outgoing.isReplaying || this.#early.has(client);
  }

  end(client: Client): void {
    this.#forgetEarly(client);
    this.#options.hub.remove(client);
  }

  /** To be called when the journal has grown: this instance may have come as far as those who wait. */
  journalGrew(): void {
    if (this.#early.size === 0) return;
    const reached = this.#options.journal.end?.offset ?? -1;
    for (const [client, { lastId, cursor }] of this.#early) if (cursor.offset <= reached) this.resume(client, lastId);
  }

  /** Puts the reader (back) to the first of its messages after the one with this id. */
  resume(client: Client, lastId: string): void {
    const { journal, metrics, hub } = this.#options;
    const { outgoing, principal } = client;
    const { end } = journal;
    const cursor = parseId(lastId);
    if (end && cursor && this.#mustWait(client, cursor, end)) {
      if (!this.#early.has(client)) this.#wait(client, { lastId, cursor });
      return;
    }
    this.#forgetEarly(client);
    hub.add(client);
    const isRecovered = end !== undefined && cursor !== undefined && journal.reaches(cursor);
    metrics.resumes.inc({ recovered: String(isRecovered) });
    if (!isRecovered) {
      outgoing.sendControl(resumedFrame(end, { recovered: false, replayed: 0 }));
      return;
    }
    // Ids of positions count on from the newest event's: who has read one is further than the end of the journal.
    const behind = cursor.offset === end.offset && cursor.step > LAST_STEP ? cursor : end;
    outgoing.resume(cursor, {
      missed: journal.missedSince(audienceOf(principal), cursor),
      resumed: (replayed) => resumedFrame(behind, { recovered: true, replayed }),
    });
  }

  #mustWait(client: Client, cursor: Cursor, end: Cursor): boolean {
    if (cursor.offset <= end.offset || cursor.offset > end.offset + MAX_BEHIND) return false;
    // Asked again, its time is over, unless we are cut off ourselves.
    return !this.#early.has(client) || this.#options.announcements.degraded !== undefined;
  }

  #wait(client: Client, { lastId, cursor }: Omit<Early, 'timer'>): void {
    this.#options.hub.remove(client);
    const timer = setInterval(() => this.resume(client, lastId), MAX_BEHIND_MS).unref();
    this.#early.set(client, { lastId, cursor, timer });
  }

  #forgetEarly(client: Client): void {
    clearInterval(this.#early.get(client)?.timer);
    this.#early.delete(client);
  }
}

/** Its id is behind all that was missed. */
function resumedFrame(cursor: Cursor | undefined, payload: { recovered: boolean; replayed: number }): Buffer {
  return controlFrame({ type: 'resumed', payload }, cursor ? { id: formatId(cursor) } : {});
}
