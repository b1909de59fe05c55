import type { MessageOf } from '@logi/client';
import { type Box, isWithin } from '@logi/contracts';
import { useEffect, useState } from 'preact/hooks';
import { say, useLine, useLive } from './live.ts';

export type Area = { west: number; south: number; east: number; north: number };
export type Seen = MessageOf<'driver_position'>['payload'];

export const WORLD: Area = { west: -180, south: -90, east: 180, north: 90 };

/** What the gateway says of an area that is watched; `leftOut` drivers are there, too, and are not told of. */
export type Watched = { is: 'asking' } | { is: 'watching'; leftOut: number } | { is: 'refused'; why: string };

type Listener = {
  /** A driver there has moved, or is told for the first time. */
  onSeen: (seen: Seen) => void;
  /** A driver has left the area, or is off duty. */
  onGone: (driverId: string) => void;
  onLabel: (driverId: string, label: Seen['status']) => void;
  /** From now on it is another area, or the line was broken: all who are in it are told again. */
  onBegin: (box: Box) => void;
};

/** Watches the area while somebody looks at the page; with another one, that one instead. */
export function useArea(area: Area | undefined, most: number, { onSeen, onGone, onLabel, onBegin }: Listener): Watched {
  const [watched, setWatched] = useState<Watched>({ is: 'asking' });
  const line = useLine().is;
  const isOpen = line === 'open' || line === 'degraded';
  const isShown = useShown();
  const box = area && boxOf(area);
  const key = box?.join();
  useEffect(() => {
    if (!box || !isOpen || !isShown) return undefined;
    onBegin(box);
    say({ type: 'watch_area', payload: { bbox: box, max: most } });
    return undefined;
  }, [key, most, isOpen, isShown]);
  useEffect(() => {
    if (!isShown) return undefined;
    return () => say({ type: 'watch_area', payload: { bbox: null } });
  }, [isShown]);
  useLive('driver_position', ({ payload }) => {
    if (box && isWithin(payload, box)) onSeen(payload);
    else onGone(payload.driver_id);
  });
  useLive('driver_status_update', ({ payload: { driver_id, status } }) => {
    if (status === 'Offline') onGone(driver_id);
    else onLabel(driver_id, status);
  });
  useLive('watching', ({ payload }) => {
    if (payload.bbox) setWatched({ is: 'watching', leftOut: payload.left_out });
  });
  useLive('watch_refused', ({ payload }) => setWatched({ is: 'refused', why: payload.message }));
  return watched;
}

function useShown(): boolean {
  const [isShown, setShown] = useState(!document.hidden);
  useEffect(() => {
    const follow = () => setShown(!document.hidden);
    document.addEventListener('visibilitychange', follow);
    return () => document.removeEventListener('visibilitychange', follow);
  }, []);
  return isShown;
}

/** Where it crosses 180°, west is greater than east. */
function boxOf({ west, south, east, north }: Area): Box {
  const isWorld = east - west >= 360;
  const [from, to] = isWorld ? [-180, 180] : [wrap(west), wrap(east)];
  return [from, Math.max(-90, south), to, Math.min(90, north)];
}

function wrap(longitude: number): number {
  return longitude >= -180 && longitude <= 180 ? longitude : ((((longitude + 180) % 360) + 360) % 360) - 180;
}
