import { z } from 'zod';

/*
 * What is in a state stream, by routing key. An entry says by itself what it is of and how new: of two entries of one
 * thing the newer one counts, in whatever order they are read.
 */

/** Entries that are new. */
export const STATE_CHANGED = 'state.changed';
export const stateChanged = z.object({ entries: z.array(z.unknown()) });

/** A part of all there was at one moment. Whatever a whole one does not name is no more. */
export const STATE_SNAPSHOT = 'state.snapshot';
export const stateSnapshot = z.object({
  snapshot_id: z.string(),
  part: z.int().min(0),
  parts: z.int().min(1),
  entries: z.array(z.unknown()),
});

/** A reader's own message: when it comes back, all that was in the stream before has been read. */
export const stateMark = z.object({ mark_id: z.string() });
