import { parseJson } from '@logi/contracts';
import { z } from 'zod';
import { keepLine, type Line } from '../testing/reconnecting-socket.ts';
import type { Person } from './people.ts';
import type { Reading } from './vehicle.ts';
import type { World } from './world.ts';

/** What the stream takes in one frame; what a driver app keeps beyond it, it forgets, oldest first. */
const MAX_UNACKNOWLEDGED = 500;

const ack = z.object({
  type: z.literal('ack'),
  payload: z.object({ seq: z.int().optional(), accepted: z.int(), rejected: z.array(z.object({ code: z.string() })) }),
});

type SentPoint = Reading & { recorded_at: string; seq: number };

/**
 * A driver's positions, over the WebSocket of tracking. A point is kept until it is acknowledged, and what was not when
 * the socket broke is sent again on the next one.
 */
export class PositionStream {
  readonly line: Line;
  readonly #person: Person;
  readonly #world: World;
  readonly #unacknowledged = new Map<number, { point: SentPoint; at: number }>();
  #send: (text: string) => void = () => undefined;
  #seq = 0;

  constructor(world: World, person: Person) {
    this.#world = world;
    this.#person = person;
    this.line = keepLine({
      url: `${world.stack.trackingUrl.replace(/^http/, 'ws')}/v1/stream`,
      token: person.token,
      onOpen: (ws) => {
        this.#send = (text) => ws.readyState === ws.OPEN && ws.send(text);
        this.#sendAgain();
      },
      onText: (text) => this.#acknowledge(text),
      onLost: (why) => world.ledger.lostLines.add(`position stream ${why}`),
      signal: world.hangUp,
    });
  }

  send(reading: Reading): void {
    const seq = this.#seq;
    this.#seq += 1;
    const point = { ...reading, recorded_at: new Date().toISOString(), seq };
    this.#unacknowledged.set(seq, { point, at: performance.now() });
    this.#unacknowledged.delete(seq - MAX_UNACKNOWLEDGED);
    this.#world.ledger.sentPoint(this.#person.id, point);
    this.#send(JSON.stringify({ type: 'location_update', payload: point }));
  }

  #sendAgain(): void {
    const points = [...this.#unacknowledged.values()].map(({ point }) => point);
    if (points.length > 0) this.#send(JSON.stringify({ type: 'location_update', payload: points }));
  }

  /** Everything up to the acknowledged number is committed. */
  #acknowledge(text: string): void {
    const { ledger } = this.#world;
    const parsed = ack.safeParse(parseJson(text));
    if (!parsed.success) {
      ledger.fault('an acknowledgement of another form', text.slice(0, 200));
      return;
    }
    const { seq, accepted, rejected } = parsed.data.payload;
    ledger.points.accepted += accepted;
    ledger.points.rejected += rejected.length;
    if (seq === undefined) return;
    const sent = this.#unacknowledged.get(seq);
    if (sent) ledger.ackMs.push(performance.now() - sent.at);
    for (const known of this.#unacknowledged.keys()) if (known <= seq) this.#unacknowledged.delete(known);
  }
}
