import { useEffect, useRef, useState } from 'preact/hooks';
import { type Area, useArea, type Watched } from '../data/area.ts';
import { useDraw, useEvery } from '../data/changes.ts';
import { serverNow } from '../data/clock.ts';
import { point } from '../map/features.ts';
import { Fleet } from '../map/fleet.ts';
import type { Scene } from '../map/scene.ts';

const MOST_DRIVERS = 5_000;
/** As often as a driver is told of. */
const GLIDE_MS = 1_000;
const DRAW_EVERY_MS = 125;
/** Of more than these each step would take longer than it is shown: they go from place to place. */
const SMOOTH_UP_TO = 1_500;
const STEP_EVERY_MS = 1_000;
const FADE_EVERY_MS = 5_000;
/** After which all who are in an area have been told. */
const ALL_TOLD_MS = 5_000;

type Options = { scene: Scene | undefined; label: string | undefined; chosen: string | undefined };

/** The drivers in the area, drawn as they move; whoever asked for stillness gets it. */
export function useDrivers(
  area: Area | undefined,
  { scene, label, chosen }: Options,
): { fleet: Fleet; watched: Watched } {
  const [fleet] = useState(() => new Fleet(GLIDE_MS));
  const countAgain = useEvery(STEP_EVERY_MS, useDraw());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const watched = useArea(area, MOST_DRIVERS, {
    onSeen: (seen) => {
      fleet.take(seen, performance.now());
      countAgain();
    },
    onGone: (driverId) => {
      fleet.drop(driverId);
      countAgain();
    },
    onLabel: (driverId, status) => fleet.relabel(driverId, status),
    onBegin: (box) => {
      const since = performance.now();
      fleet.keepWithin(box);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => fleet.forgetBefore(since), ALL_TOLD_MS);
      countAgain();
    },
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!scene) return undefined;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let drawnAt = -Infinity;
    const draw = () => {
      const now = performance.now();
      const isSmooth = !isStill && scene.isNear() && fleet.size() <= SMOOTH_UP_TO;
      const isDue = isSmooth ? fleet.hasNews || fleet.isMoving(now) : fleet.hasNews && now - drawnAt >= STEP_EVERY_MS;
      if (!isDue && now - drawnAt < FADE_EVERY_MS) return;
      drawnAt = now;
      // Those who do not glide are drawn where they are.
      const at = isSmooth ? now : now + GLIDE_MS;
      scene.set('drivers', fleet.draw(at, { serverNow: serverNow(), label }));
      const place = chosen === undefined ? undefined : fleet.placeOf(chosen, at);
      scene.set('selected', place ? [point(place)] : []);
    };
    draw();
    const timer = setInterval(draw, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, [scene, label, chosen]);
  return { fleet, watched };
}
