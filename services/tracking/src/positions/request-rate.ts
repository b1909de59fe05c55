import { DomainError } from '@logi/contracts';

const WINDOW_MS = 1_000;

/**
 * Refuses the requests of a driver beyond so many in a second. Requests count and not points: a batch of what gathered
 * while offline is welcome. All counts go with their second, so what is kept is bounded by what one second brings.
 */
export function createRequestRate(maxPerSecond: number): (driverId: string) => void {
  let windowEndsAt = 0;
  const counts = new Map<string, number>();
  return (driverId) => {
    const now = Date.now();
    if (now >= windowEndsAt) {
      counts.clear();
      windowEndsAt = now + WINDOW_MS;
    }
    const count = (counts.get(driverId) ?? 0) + 1;
    counts.set(driverId, count);
    if (count > maxPerSecond) throw new DomainError('rate_limited');
  };
}
