import { setTimeout as sleep } from 'node:timers/promises';
import { control, event, events, idOf } from '../messages.ts';
import { type Case, Fault, show } from '../stage.ts';
import { greeted, hears } from './steps.ts';

const BACK = 'It did not come back after its line broke.';
/** Text that a URL changes unless it is encoded; an id is any text. */
const ODD_ID = 'fff+/=&?#% é';
const ACK_SETTLE_MS = 3_000;

function expectPlace(lastId: string | undefined, id: string, why: string): void {
  if (lastId !== id) throw new Fault(`It came back with last_id=${show(lastId)} instead of ${show(id)}: ${why}`);
}

/** That a client knows where it is, and that nothing is missed or doubled when it comes back. */
export const PLACES: Case[] = [
  {
    name: 'v2.resume',
    about: 'After a broken line it comes back with the place of the last message it read, and delivers what it missed',
    async run(stage) {
      const first = await greeted(stage);
      for (const message of events(2, 4)) first.send(message);
      await stage.expectDelivered(events(2, 4));
      first.break();
      const next = await stage.connection(BACK);
      expectPlace(next.lastId, idOf(4), 'that is the last message it delivered.');
      next.hello();
      for (const message of events(5, 7)) next.send(message);
      next.send(control('resumed', { recovered: true, replayed: 3 }, 7));
      await stage.expectDelivered(events(2, 7));
      next.break();
      expectPlace(
        (await stage.connection(BACK)).lastId,
        idOf(7),
        'that is the last it was sent on its second connection.',
      );
    },
  },
  {
    name: 'v2.resume-again-and-again',
    about: 'Ten lines break one after the other, and each message is delivered once',
    async run(stage) {
      let line = await greeted(stage);
      for (let n = 2; n <= 11; n += 1) {
        line.send(event(n));
        await stage.expectDelivered(events(2, n));
        if (n === 11) break;
        line.break();
        line = await stage.connection(BACK, 40_000);
        expectPlace(line.lastId, idOf(n), 'that is the last message it delivered.');
        line.hello();
        line.send(control('resumed', { recovered: true, replayed: 0 }, n));
      }
    },
  },
  {
    name: 'v2.hello-place',
    about: 'The id of hello is a place, too: a line that breaks before the first message misses nothing',
    async run(stage) {
      const line = await greeted(stage, { id: 41 });
      await sleep(300);
      line.break();
      expectPlace((await stage.connection(BACK)).lastId, idOf(41), 'that is the id of hello.');
    },
  },
  {
    name: 'v2.no-id-no-place',
    about: 'A message without an id does not move the place',
    async run(stage) {
      const line = await greeted(stage);
      line.send(event(2));
      line.send(control('degraded', { since: new Date().toISOString() }));
      await stage.expectDelivered([event(2)]);
      line.break();
      expectPlace((await stage.connection(BACK)).lastId, idOf(2), 'what came after had no id.');
    },
  },
  {
    name: 'v2.opaque-place',
    about: 'The place is any text, sent back letter by letter',
    async run(stage) {
      const line = await greeted(stage);
      const odd = { ...event(2), id: ODD_ID };
      line.send(odd);
      await stage.expectDelivered([odd]);
      line.break();
      expectPlace((await stage.connection(BACK)).lastId, ODD_ID, 'in a URL it has to be encoded.');
    },
  },
  {
    name: 'v2.duplicates',
    about: 'What it has read and is sent again, also on another connection, is not delivered again',
    async run(stage) {
      const line = await greeted(stage);
      for (const message of [...events(2, 4), ...events(3, 4)]) line.send(message);
      await stage.expectDelivered(events(2, 4));
      line.break();
      const next = await stage.connection(BACK);
      next.hello();
      for (const message of events(3, 6)) next.send(message);
      next.send(control('resumed', { recovered: true, replayed: 4 }, 6));
      await stage.expectDelivered(events(2, 6));
    },
  },
  {
    name: 'v2.gap',
    about: 'When what it missed cannot be told, it says so, and goes on from the id of that resumed',
    async run(stage) {
      const line = await greeted(stage, { id: 500 });
      line.send(event(501));
      await stage.expectDelivered([event(501)]);
      line.break();
      const next = await stage.connection(BACK);
      next.hello();
      next.send(control('resumed', { recovered: false, replayed: 0 }, 3)); // ids may begin anew
      await stage.until(
        () => stage.gaps > 0,
        'It was told that something was missed (recovered: false), and reported no gap.',
      );
      next.send(event(4));
      await stage.expectDelivered(
        [event(501), event(4)],
        'After recovered: false ids may begin anew; they are compared with that resumed.',
      );
      next.break();
      expectPlace((await stage.connection(BACK)).lastId, idOf(4), 'that is the last message after the gap.');
    },
  },
  {
    name: 'v2.gap-on-the-way',
    about: 'A gap can also be told in the middle of a connection',
    async run(stage) {
      const line = await greeted(stage);
      line.send(event(2));
      line.send(control('resumed', { recovered: false, replayed: 0 }));
      line.send(event(9));
      await stage.expectDelivered([event(2), event(9)]);
      await stage.until(() => stage.gaps > 0, 'It was told of a gap in the middle of a connection, and reported none.');
      if (!line.isOpen) throw new Fault('It left because of a gap; the connection was well.');
    },
  },
  {
    name: 'v2.no-false-gap',
    about: 'What was recovered is no gap',
    async run(stage) {
      const line = await greeted(stage);
      await hears(stage, line);
      line.break();
      const next = await stage.connection(BACK);
      next.hello();
      next.send(control('resumed', { recovered: true, replayed: 0 }, 2));
      next.send(event(3));
      await stage.expectDelivered(events(2, 3));
      if (stage.gaps > 0) throw new Fault('It reported a gap, and everything was recovered.');
    },
  },
  {
    name: 'v2.ack',
    about: 'Whoever acknowledges does so for what was read, and no further',
    async run(stage) {
      const line = await greeted(stage);
      for (const message of events(2, 4)) line.send(message);
      await stage.expectDelivered(events(2, 4));
      await sleep(ACK_SETTLE_MS);
      const sent = new Set([1, 2, 3, 4].map(idOf));
      const wrong = line.saidOf('ack').find(({ payload }) => !sent.has((payload as { last_id: string }).last_id)); // parsed before
      if (wrong) throw new Fault(`It acknowledged ${show(wrong.payload)}, which it was never sent.`);
      if (line.saidOf('ack').length > 6)
        throw new Fault(`It acknowledged ${line.saidOf('ack').length} times in three seconds with nothing new to say.`);
    },
  },
];
