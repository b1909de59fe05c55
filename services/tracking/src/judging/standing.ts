import { distanceMeters } from '@logi/contracts';
import type { Fix } from './fix.ts';

/** In metres per second: slower than walking. */
const STANDING_SPEED = 1;
/** Receivers wander by about so much. */
const WANDER_METERS = 30;

/** Whether a device stands: by its own word, else by the fix before. Null: nothing tells. */
export function stands(fix: Fix, before: Fix | null): boolean | null {
  if (fix.speed !== null) return fix.speed < STANDING_SPEED;
  if (!before) return null;
  const meters = distanceMeters(before, fix);
  if (meters > WANDER_METERS + (before.accuracy ?? 0) + (fix.accuracy ?? 0)) return false;
  const seconds = (fix.recordedAt.getTime() - before.recordedAt.getTime()) / 1_000;
  return seconds * STANDING_SPEED > WANDER_METERS ? true : null; // too soon after it to tell
}
