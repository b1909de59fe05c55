/** Degrees, metres, metres a second, percent. What a receiver does not know is null, or left out. */
export type Point = {
  latitude: number;
  longitude: number;
  /** When it was measured; without it, when it was pushed. */
  recorded_at?: string | number | Date | null;
  accuracy?: number | null;
  speed?: number | null;
  heading?: number | null;
  battery?: number | null;
  seq?: number | null;
  /** The place was set by a person, not found by a receiver. */
  mock?: boolean | null;
};

/** As it is kept and sent. */
export type KeptPoint = { latitude: number; longitude: number; recorded_at: string } & {
  [Extra in 'accuracy' | 'speed' | 'heading' | 'battery' | 'seq']?: number;
} & { mock?: true };

const EXTRAS = ['accuracy', 'speed', 'heading', 'battery', 'seq'] as const;

/** Copied, field by field: it may be used for something else by the time it is sent, and 500 of them fit into one frame. */
export function keepPoint(point: Point): KeptPoint {
  const { latitude, longitude, recorded_at } = point;
  const kept: KeptPoint = {
    latitude,
    longitude,
    recorded_at: new Date(recorded_at ?? Date.now()).toJSON() ?? String(recorded_at).slice(0, 40), // null if it is no time
  };
  for (const extra of EXTRAS) {
    const value = point[extra];
    if (Number.isFinite(value)) kept[extra] = value as number; // which only numbers are
  }
  if (point.mock === true) kept.mock = true;
  return kept;
}
