import type { Booking, BookingStatus } from '@logi/contracts';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from './clock.ts';
import { useLive } from './live.ts';

type Change = { status: BookingStatus; driver_id: string | null; version: number; updated_at: string };

/** Older ones are in what was asked since. */
const KEPT = 5_000;
/** A screen that is drawn more often than so cannot be read. */
export const DRAW_EVERY_MS = 200;
export const ASK_EVERY_MS = 2_000;

/**
 * What has happened to bookings since they were asked for. `onNew` is told, now and then, that there are bookings which
 * nobody has asked for yet.
 */
export function useChanges(onNew: () => void) {
  const changes = useRef(new Map<string, Change>());
  const draw = useEvery(DRAW_EVERY_MS, useDraw());
  const askAgain = useEvery(ASK_EVERY_MS, onNew);
  useLive(
    'status_update',
    ({ payload: { booking_id: id, status, driver_id, version, previous_status } }) => {
      const known = changes.current;
      if (version < (known.get(id)?.version ?? 0)) return;
      known.delete(id); // so that the oldest stay first
      known.set(id, { status, driver_id, version, updated_at: new Date(serverNow()).toISOString() });
      for (const oldest of known.keys()) {
        if (known.size <= KEPT) break;
        known.delete(oldest);
      }
      draw();
      if (previous_status === null) askAgain();
    },
    onNew,
  );
  return useCallback((booking: Booking): Booking => {
    const change = changes.current.get(booking.booking_id);
    return change && change.version > booking.version ? { ...booking, ...change } : booking;
  }, []);
}

export function useDraw(): () => void {
  const [, set] = useState(0);
  return useCallback(() => set((turn) => turn + 1), []);
}

/** At most once in so many milliseconds, and once more for what came meanwhile. */
export function useEvery(ms: number, act: () => void): () => void {
  const now = useRef(act);
  now.current = act;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      now.current();
    }, ms);
  }, [ms]);
}
