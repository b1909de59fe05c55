import { CONTROL_EXAMPLES, V2_EXAMPLES } from '@logi/contracts';
import type { Line } from '../line.ts';
import { control, event, events, idOf } from '../messages.ts';
import { type Case, Fault, type Stage, show } from '../stage.ts';
import { greeted, hears } from './steps.ts';

function sendAll(line: Line, frames: readonly (object | string)[]): void {
  for (const frame of frames) line.send(frame);
}

async function alive(stage: Stage, line: Line, sent: Record<string, unknown>[], why: string): Promise<void> {
  const last = event(900);
  if (line.isOpen) line.send(last);
  else {
    // It may come back instead; then it is told the rest again.
    const next = await stage.connection(`It neither stayed nor came back. ${why}`);
    next.hello();
    next.send(last);
    next.send(control('resumed', { recovered: true, replayed: 1 }, 900));
  }
  await stage.expectDelivered([...sent, last], why);
}

const HUGE_BYTES = 1_000_000;
const MANY = 2_000;

/** That each message gets through, whole, once and in order. */
export const DELIVERY: Case[] = [
  {
    name: 'v2.handshake',
    about: 'The first connection offers logi.v2, carries the token, and names no place',
    async run(stage) {
      const line = await greeted(stage);
      if (line.lastId !== undefined) throw new Fault(`It gave last_id=${show(line.lastId)}, and has read nothing yet.`);
      await hears(stage, line);
    },
  },
  {
    name: 'v2.messages',
    about: 'Each type of message is delivered as it was sent, in order',
    async run(stage) {
      const line = await greeted(stage);
      const sent = Object.values(V2_EXAMPLES)
        .flat()
        .map(({ frame }, index) => ({ ...frame, id: idOf(index + 2) }));
      for (const message of sent) line.send(message);
      await stage.expectDelivered(sent);
    },
  },
  {
    name: 'v2.about-the-connection',
    about: 'What is said of the connection disturbs nothing: degraded, restored, authenticated, pong',
    async run(stage) {
      const line = await greeted(stage);
      line.send(event(2));
      const { degraded, restored, authenticated, pong } = CONTROL_EXAMPLES;
      for (const { frame } of [...degraded, ...restored, ...authenticated, ...pong]) line.send(frame);
      line.send(event(3));
      await stage.expectDelivered(events(2, 3));
      if (!line.isOpen) throw new Fault('It left although the connection was well.');
    },
  },
  {
    name: 'v2.unknown-types',
    about: 'A message of a type that it does not know harms nothing, and moves the place if it has an id',
    async run(stage) {
      const line = await greeted(stage);
      line.send({ ...event(2), type: 'eta_changed', payload: { anything: [1, { deep: null }] } });
      line.send(control('weather', { temperature: 21 }));
      line.send(event(3));
      line.send({ ...event(4), type: 'eta_changed', payload: {} });
      await stage.expectDelivered([event(3)]);
      line.break();
      const next = await stage.connection('It did not come back after its line broke.');
      if (next.lastId !== idOf(4))
        throw new Fault(
          `It came back with last_id=${show(next.lastId)}: the last id it was sent is ${idOf(4)}, of a type it does not know.`,
        );
    },
  },
  {
    name: 'v2.extra-fields',
    about: 'Fields that it does not know, in the envelope and in the payload, harm nothing',
    async run(stage) {
      const line = await greeted(stage);
      const sent = [
        { ...event(2, { weather: { wind: 3 } }), trace: 'abc' },
        { ...event(3), priority: 1 },
      ];
      for (const message of sent) line.send(message);
      await stage.until(
        () => stage.delivered.filter(({ type }) => type === 'status_update').length === 2,
        'It delivered fewer than the two messages, which had fields that it does not know.',
      );
    },
  },
  ...(
    [
      ['text', 'no JSON', (line) => line.send('{"type":')],
      ['scalars', 'JSON and no object', (line) => sendAll(line, ['null', '1', '"x"', '[]', 'true'])],
      [
        'shapes',
        'an object without type or payload, or with others than said',
        (line) =>
          sendAll(line, [
            {},
            { type: 7 },
            { type: 'hello' },
            { type: 'status_update', payload: null },
            { type: 'resumed' },
            { type: 'goaway', payload: 'now' },
          ]),
      ],
      ['empty', 'an empty frame', (line) => line.send('')],
      ['binary', 'a binary frame', (line) => line.sendBinary(Buffer.from([0, 1, 2, 255]))],
    ] satisfies [string, string, (line: Line) => void][]
  ).map(
    ([name, what, send]): Case => ({
      name: `v2.malformed-${name}`,
      about: `It survives ${what}, and what comes after is delivered`,
      async run(stage) {
        const line = await greeted(stage);
        await hears(stage, line);
        send(line);
        line.send(event(3));
        await stage.until(
          () => !line.isOpen || stage.delivered.some(({ id }) => id === idOf(3)),
          `Nothing was delivered any more after ${what}.`,
        );
        await alive(
          stage,
          line,
          stage.delivered.some(({ id }) => id === idOf(3)) ? events(2, 3) : [event(2)],
          `It was sent ${what}.`,
        );
      },
    }),
  ),
  {
    name: 'v2.huge-message',
    about: 'A message of a megabyte is delivered',
    async run(stage) {
      const line = await greeted(stage);
      const sent = [event(2, { reason: 'x'.repeat(HUGE_BYTES) }), event(3)];
      for (const message of sent) line.send(message);
      await stage.expectDelivered(sent);
    },
  },
  {
    name: 'v2.pieces',
    about: 'A message in several WebSocket fragments is one message; letters of every script come through',
    async run(stage) {
      const line = await greeted(stage);
      const sent = [event(2, { reason: 'Zürich 東京 🚚 \u2028 \\ " \n' }), event(3)];
      for (const message of sent) line.sendInPieces(message, 40);
      await stage.expectDelivered(sent);
    },
  },
  {
    name: 'v2.burst',
    about: `${MANY} messages at once are all delivered, in order`,
    async run(stage) {
      const line = await greeted(stage);
      const sent = events(2, MANY + 1);
      for (const message of sent) line.send(message);
      await stage.expectDelivered(sent);
    },
  },
];
