import { parseJson } from '@logi/contracts';
import { z } from 'zod';
import { keepLine } from '../../testing/reconnecting-socket.ts';
import type { Person, World } from './world.ts';

/** What the stream takes in one frame; a phone that is away for longer forgets its oldest points. */
const MAX_UNACKNOWLEDGED = 500;

const ack = z.object({ type: z.literal('ack'), payload: z.object({ seq: z.int().optional() }) });

type SentPoint = { latitude: number; longitude: number; recorded_at: string; seq: number };

/** A driver's positions over tracking's WebSocket. What is not acknowledged when the line breaks is sent again. */
export class PointStream {
  readonly ended: Promise<void>;
  readonly #world: World;
  readonly #person: Person;
  readonly #unacknowledged = new Map<number, { point: SentPoint; at: number }>();
  #say: (points: SentPoint[]) => void = () => undefined;
  #seq = 0;

  constructor(world: World, person: Person) {
    this.#world = world;
    this.#person = person;
    this.ended = keepLine({
      url: `${world.urls.tracking.replace(/^http/, 'ws')}/v1/stream`,
      token: person.token,
      onOpen: (ws) => {
        this.#say = (points) => {
          if (ws.readyState === ws.OPEN) ws.send(JSON.stringify({ type: 'location_update', payload: points }));
        };
        const waiting = [...this.#unacknowledged.values()].map(({ point }) => point);
        if (waiting.length > 0) this.#say(waiting);
      },
      onText: (text) => this.#take(text),
      onLost: () => undefined,
      signal: world.goHome,
    }).ended;
  }

  send(place: { latitude: number; longitude: number }): void {
    const at = Date.now();
    const point = { ...place, recorded_at: new Date(at).toISOString(), seq: this.#seq };
    this.#seq += 1;
    this.#unacknowledged.set(point.seq, { point, at });
    this.#unacknowledged.delete(point.seq - MAX_UNACKNOWLEDGED);
    const { seq, recorded_at: recordedAt } = point;
    this.#world.history.add({ kind: 'point', at, driverId: this.#person.id, seq, recordedAt });
    this.#say([point]);
  }

  /** Everything up to the acknowledged number is committed. */
  #take(text: string): void {
    const seq = ack.safeParse(parseJson(text)).data?.payload.seq;
    if (seq === undefined) return;
    const acknowledged = [...this.#unacknowledged.keys()].filter((known) => known <= seq);
    if (acknowledged.length === 0) return;
    const last = this.#unacknowledged.get(acknowledged.at(-1) ?? -1);
    if (last) this.#world.pulse.beat('points', last.at);
    for (const known of acknowledged) this.#unacknowledged.delete(known);
    this.#world.history.add({ kind: 'acknowledged', at: Date.now(), driverId: this.#person.id, seqs: acknowledged });
  }
}
