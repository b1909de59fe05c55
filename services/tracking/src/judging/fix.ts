import type { LatLon } from '@logi/contracts';

/** What is judged of a position. */
export type Fix = LatLon & {
  recordedAt: Date;
  receivedAt: Date;
  accuracy: number | null;
  speed: number | null;
  seq: number | null;
  /** Which of a driver's devices found it; null: not known. */
  device: string | null;
  /** Whether it has a time of its own; else its time is when it came. */
  isDeviceTimed: boolean;
};

type Ordered = LatLon & Pick<Fix, 'recordedAt' | 'seq'>;

/**
 * The order of a driver's fixes: below 0 if `a` is the older one. Total: two of one instant are told apart by `seq`, then
 * by place, so that the order is the same whichever came first; 0 is the same fix again.
 */
export function compareFixes(a: Ordered, b: Ordered): number {
  return (
    a.recordedAt.getTime() - b.recordedAt.getTime() ||
    (a.seq ?? -1) - (b.seq ?? -1) ||
    a.latitude - b.latitude ||
    a.longitude - b.longitude
  );
}
