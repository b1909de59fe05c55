import type { Mutant } from './mutant.ts';

const RESUME = 'tests/gateway/resume.test.ts';
const DEAD_LETTERS = 'tests/events/dead-letters.test.ts';

/** What the services promise by themselves, and the operators' command. */
export const SERVICE_MUTANTS: Mutant[] = [
  {
    id: 'accept-without-lock',
    why: 'two accepts of one booking pass each other',
    file: 'services/booking/src/bookings/booking-store.ts',
    edits: [[".where('bookingId', '=', bookingId).forUpdate(),", ".where('bookingId', '=', bookingId),"]],
    caughtBy: {
      file: 'tests/booking/rules.test.ts',
      test: 'of many drivers who accept at once, one gets the booking and all others hear that it is gone',
    },
  },
  {
    id: 'point-before-commit',
    why: 'a driver’s app forgets a point that is not on disk',
    file: 'services/tracking/src/positions/ingest.ts',
    edits: [
      [
        'return new Promise((resolve, reject) => this.#pending.push({ ...batch, resolve, reject }));',
        `new Promise<void>((resolve, reject) => this.#pending.push({ ...batch, resolve, reject })).catch(() => undefined);
    return Promise.resolve();`,
      ],
    ],
    caughtBy: {
      file: 'tests/tracking/durability.test.ts',
      test: 'killing the service under load loses no acknowledged point',
    },
  },
  {
    id: 'blocked-points-stored',
    why: 'what waits for the database is stored when its driver has been blocked',
    file: 'services/tracking/src/positions/ingest.ts',
    edits: [['const batches = this.#withoutBlocked(came);', 'const batches = came;']],
    caughtBy: {
      file: 'tests/security/blocked-points.test.ts',
      test: 'points that still wait for the database when their driver is blocked are never stored',
    },
  },
  {
    id: 'resume-repeats',
    why: 'who comes back is shown the last message again',
    file: 'services/gateway/src/journal/journal.ts',
    edits: [['note.offset === offset && note.step > step', 'note.offset === offset && note.step >= step']],
    caughtBy: { file: RESUME, test: 'a place between two messages of one event is kept' },
  },
  {
    id: 'resume-skips',
    why: 'who comes back misses the first message',
    file: 'services/gateway/src/journal/journal.ts',
    // Two and not one, since the gateway's own probe may stand between.
    edits: [['return note.offset > offset ||', 'return note.offset > offset + 2 ||']],
    caughtBy: {
      file: RESUME,
      test: 'who comes back to another instance gets what was missed, in order, once, and then live messages',
    },
  },
  {
    id: 'repeats-reach-people',
    why: 'a relay that was cut off shows people the same change twice',
    file: 'services/gateway/src/feed/event-feed.ts',
    edits: [["if (seen !== undefined && seen >= version) return 'known';", '']],
    caughtBy: { file: RESUME, test: 'an event that a relay repeats, and an older one, reach nobody' },
  },
  {
    id: 'reread-counts-as-kept',
    why: 'who comes back after the stream was read anew is told that nothing is missing',
    file: 'services/gateway/src/feed/event-feed.ts',
    edits: [["return reading.is === 'current';", 'return true;']],
    caughtBy: {
      file: 'tests/gateway/mute-stream.test.ts',
      test: 'who comes back after the stream was read anew is told that messages may be missing, not that none are',
    },
  },
  {
    id: 'letter-acked-before-kept',
    why: 'a dead letter is lost when the operator’s command dies',
    file: 'libs/messaging/src/dead-queue.ts',
    edits: [
      ['await keep(', 'channel.ack(last, true);\n    await keep('],
      ['\n    channel.ack(last, true);\n    left -=', '\n    left -='],
    ],
    caughtBy: {
      file: DEAD_LETTERS,
      test: 'a run that is killed while it takes letters in loses none, and leaves them in order',
    },
  },
  {
    id: 'letter-decided-before-sent',
    why: 'a replay that the broker refuses counts as done',
    file: 'libs/events/src/dead-letters.ts',
    edits: [
      [
        'const failure = await sendAgain(db, id, publisher);',
        `await decide(db, { fate: 'replayed', by, which: sql\`id = \${id}\` });
      const failure = await sendAgain(db, id, publisher);`,
      ],
    ],
    caughtBy: { file: DEAD_LETTERS, test: 'while no queue takes it, a letter stays' },
  },
];
