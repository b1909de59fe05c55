import { randomUUID } from 'node:crypto';
import {
  type BlockEntry,
  blockEntry,
  parseJson,
  redeliveryExchange,
  type ServiceName,
  STATE_CHANGED,
  STATE_SNAPSHOT,
  STATE_STREAMS,
  type StateStream,
  stateChanged,
  stateMark,
  stateSnapshot,
} from '@logi/contracts';
import type { Logger } from 'pino';
import { type StreamMessage, tailStream } from './feeds.ts';
import type { Publisher } from './publisher.ts';
import type { Session } from './session.ts';

/*
 * What a process must know at its start, and has no database for: it reads it back from a small stream.
 *
 * Asking the owner is the obvious way, and the process then cannot start while the owner is away. Reading a log of all
 * changes from its first message on needs nobody, and takes longer each day. So the owner writes each change into the
 * stream as it happens, and now and then all there is, in parts:
 *
 *   snapshot 1/2  2/2   change  change   snapshot 1/2   change   2/2   change   mark
 *   ◀── lookBackMs ──▶  of the reader: at least one whole snapshot                └ its own: it has read all there was
 *
 * Snapshot and changes are made at one time and published at another, so a snapshot may come behind a change that it does
 * not know. Nothing is ever put back by that, since entries say how new they are and the newer one counts; and what a
 * whole snapshot does not name is dropped only if nothing has named it since the snapshot before.
 *
 * After a break the reader reads back again: what it knows already is no news to it.
 */

export type StateReaderOptions = {
  stream: StateStream;
  /** Whose exchange carries the marks. */
  service: ServiceName;
  /** Publishes them; by a connection of its own, since a broker short of memory stops reading from whoever publishes. */
  publisher: Publisher;
  /** Within this time a whole snapshot was written, if its owner was there; undefined reads from the first message on. */
  lookBackMs: number | undefined;
  onEntries: (entries: readonly unknown[]) => void;
  /** A new snapshot has been read, whole: what nothing has named since the one before is no more. */
  onWhole: () => void;
  /** All that was there when we attached has been read. */
  onCurrent: () => void;
  /** Whatever else is bound to the stream, in the order of it; returns whether it is something that belongs there. */
  onOther?: (message: StreamMessage) => boolean;
  onMalformed: (message: StreamMessage) => void;
};

/**
 *   wanted --(the broker has taken it)--> on its way --(it comes back)--> back    all there was has been read
 *   any    --(attached)-----------------> wanted
 */
type Mark = { is: 'wanted' } | { is: 'on its way'; readonly id: string } | { is: 'back' };

export class StateReader {
  readonly #options: StateReaderOptions;
  #mark: Mark = { is: 'wanted' };
  /** The snapshot that is being read, and its next part. */
  #snapshot = { id: '', next: 0 };
  #hasReadWhole = false;

  constructor(options: StateReaderOptions) {
    this.#options = options;
  }

  /** False from each attach until all there was has been read. */
  get isCurrent(): boolean {
    return this.#mark.is === 'back';
  }

  /** A whole snapshot has been read, some time: what nothing has named since then was not, when it was written. */
  get hasReadWhole(): boolean {
    return this.#hasReadWhole;
  }

  /** Reads back, and then on, over this session. */
  async attach(session: Session): Promise<void> {
    const { stream, lookBackMs, onMalformed } = this.#options;
    this.#mark = { is: 'wanted' };
    this.#snapshot = { id: '', next: 0 };
    await tailStream(session, {
      stream,
      from: lookBackMs === undefined ? 0 : { since: new Date(Date.now() - lookBackMs) },
      onMessage: (message) => {
        if (!session.ended.aborted && !this.#receive(message)) onMalformed(message);
      },
    });
  }

  /** To be called often while attached: puts in the mark as soon as the broker takes it. */
  async tick(): Promise<void> {
    const { stream, service, publisher } = this.#options;
    if (this.#mark.is !== 'wanted' || !publisher.isReady) return;
    const mark: Mark = { is: 'on its way', id: randomUUID() };
    this.#mark = mark;
    const body = Buffer.from(JSON.stringify({ mark_id: mark.id }));
    const message = {
      exchange: redeliveryExchange(service),
      routingKey: stream,
      body,
      messageId: mark.id,
      type: stream,
    };
    const [failure] = await publisher.publish([message]);
    if (failure !== undefined && this.#mark === mark) this.#mark = { is: 'wanted' };
  }

  /** Whether it is a message that belongs here. */
  #receive(message: StreamMessage): boolean {
    const { stream, onEntries, onOther } = this.#options;
    const { routingKey, body } = message;
    const read = () => parseJson(body.toString('utf8'));
    switch (routingKey) {
      case STATE_CHANGED: {
        const { success, data } = stateChanged.safeParse(read());
        if (success) onEntries(data.entries);
        return success;
      }
      case STATE_SNAPSHOT:
        return this.#receivePart(read());
      case stream:
        return this.#receiveMark(read());
      default:
        return onOther?.(message) ?? false;
    }
  }

  #receivePart(value: unknown): boolean {
    const { success, data } = stateSnapshot.safeParse(value);
    if (!success) return false;
    const { snapshot_id: id, part, parts, entries } = data;
    this.#options.onEntries(entries);
    const isNext = part === 0 || (id === this.#snapshot.id && part === this.#snapshot.next);
    this.#snapshot = isNext ? { id, next: part + 1 } : { id: '', next: 0 };
    if (!isNext || part < parts - 1) return true;
    this.#hasReadWhole = true;
    if (this.isCurrent) this.#options.onWhole(); // those from before we attached may be older than what we know
    return true;
  }

  /** Every reader's marks are in the stream. */
  #receiveMark(value: unknown): boolean {
    const { success, data } = stateMark.safeParse(value);
    if (!success) return false;
    if (this.#mark.is === 'on its way' && data.mark_id === this.#mark.id) {
      this.#mark = { is: 'back' };
      this.#options.onCurrent();
    }
    return true;
  }
}

/** A process's memory of the blocks. */
type BlockMemory = { learn(entry: BlockEntry): void; forgetUnnamed(): void; setKnown(): void };
export type BlockReaderOptions = { service: ServiceName; blocks: BlockMemory; publisher: Publisher; log: Logger };

/**
 * Whom an operator has put out, as booking tells it. They are known once a whole snapshot has been read and all that came
 * after it; without the snapshot, no news might only mean that what there was is past the stream's beginning. While the
 * broker is away what is known holds.
 */
export function createBlockReader({ service, blocks, publisher, log }: BlockReaderOptions): StateReader {
  const reader = new StateReader({
    stream: STATE_STREAMS.blocks,
    service,
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
