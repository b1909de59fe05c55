/** A fix that is older puts nobody on the map: where a driver was before they went on duty is no place to send work to. */
export const FRESH_FIX_MS = 120_000;
/** Whoever is on the map and moved may be this long without a fix, as in a tunnel, before they can be anywhere. */
export const MAX_PLACE_AGE_MS = 600_000;

/** Is there a fresh fix? Then it says that its driver is on the map, and where. */
export function isFresh({ recordedAt }: { recordedAt: Date }, now: number): boolean {
  return now - recordedAt.getTime() <= FRESH_FIX_MS;
}
