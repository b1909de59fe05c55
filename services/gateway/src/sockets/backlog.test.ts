import { expect, test } from '@jest/globals';
import { textFrame } from '@logi/service';
import { Journal, type Note } from '../journal/journal.ts';
import { Backlog } from './backlog.ts';

const WINDOW_MS = 1_000;
const FRAME_BYTES = 10;
const LIMITS = { maxEvents: 2, maxBytes: 2 * FRAME_BYTES };
const RESUMED = textFrame('resumed');

/** What one person is told at each of these moments, by a message of the stream for each. */
function notesAt(...moments: number[]): Note[] {
  const journal = new Journal({ windowMs: WINDOW_MS, maxBytes: 1_000_000 });
  return moments.flatMap((publishedAt, offset) => {
    journal.open(offset, { check: offset, bytes: 0, publishedAt, isResumable: true });
    const note = journal.append('user ana', {
      step: 0,
      notification: {
        audience: { role: 'user', id: 'ana' },
        message: { type: 'booking_accepted', payload: { booking_id: 'b', driver_id: 'd', version: 1 } },
      },
      occurredAt: new Date(publishedAt).toISOString(),
      defaultFrame: Buffer.alloc(FRAME_BYTES, offset),
    });
    return note ? [note] : [];
  });
}

function reading() {
  const [sent, replayed]: [string[], string[]] = [[], []];
  const reader = {
    frameOf: (note: Note) => note.defaultFrame,
    onSent: (type: string) => sent.push(type),
    onReplayed: (type: string) => replayed.push(type),
  };
  return { reader, sent, replayed };
}

function live([first, ...rest]: Note[]): Backlog {
  if (!first) throw new Error('nothing to wait');
  const backlog = new Backlog(first, FRAME_BYTES);
  for (const note of rest) backlog.add(note, FRAME_BYTES);
  return backlog;
}

test('a reader may be as far behind as the limits say, and not one event further', () => {
  expect(live(notesAt(0, 1)).exceeds(LIMITS)).toBe(false);
  expect(live(notesAt(0, 1, 2)).exceeds(LIMITS)).toBe(true);
  expect(live(notesAt(0, 1)).exceeds({ ...LIMITS, maxBytes: 2 * FRAME_BYTES - 1 })).toBe(true);
});

test('what was missed comes on top of the limits, is followed by `resumed`, and then by what came meanwhile', () => {
  const [first, second, last, meanwhile, later, tooMuch] = notesAt(0, 1, 2, 3, 4, 5);
  if (!first || !second || !last || !meanwhile || !later || !tooMuch) throw new Error('not told');
  const { reader, sent, replayed } = reading();
  const backlog = Backlog.replay({ first, last }, { reader, resumed: () => RESUMED });
  for (const note of [meanwhile, later]) backlog.add(note, FRAME_BYTES);
  expect(backlog.exceeds(LIMITS)).toBe(false);
  backlog.add(tooMuch, FRAME_BYTES);
  expect(backlog.exceeds(LIMITS)).toBe(true);

  expect(backlog.isReplaying).toBe(true);
  const frames: Buffer[] = [];
  backlog.gather(frames, 0, reader);
  expect(backlog.isReplaying).toBe(false);
  expect(backlog.isEmpty).toBe(true);
  const frameOf = (note: Note) => note.defaultFrame;
  expect(frames).toEqual([first, second, last].map(frameOf).concat(RESUMED, [meanwhile, later, tooMuch].map(frameOf)));
  expect([replayed.length, sent.length]).toEqual([3, 3]);
});

test('a reader whose audience was forgotten in between goes on with the list that was begun anew', () => {
  const notes = notesAt(0, 1, 1 + 2 * WINDOW_MS, 2 + 2 * WINDOW_MS);
  const frames: Buffer[] = [];
  live(notes).gather(frames, 0, reading().reader);
  expect(frames).toEqual(notes.map((note) => note.defaultFrame));
});
