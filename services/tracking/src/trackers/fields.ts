import { isRecord, parseJson } from '@logi/contracts';

/** A point as it is handed to judgePoints, which decides on place and time. */
export type Candidate = {
  latitude: unknown;
  longitude: unknown;
  recorded_at?: unknown;
  accuracy?: number;
  speed?: number;
  heading?: number;
  battery?: number;
};

type Extras = Partial<Record<'accuracy' | 'speed' | 'heading' | 'battery', number | undefined>>;
const GREATEST = { accuracy: 1_000_000, speed: 1_000, heading: 360, battery: 100 } as const;

/** Apps say "unknown" in many ways, such as -1: whatever is no sensible value is left out, and costs no point. */
export function sensible(extras: Extras): Pick<Candidate, keyof Extras> {
  const entries = Object.entries(extras) as [keyof Extras, number | undefined][]; // the keys are those of Extras
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== undefined && value >= 0 && value <= GREATEST[name]),
  );
}

/** The ISO text of a time in milliseconds; what is no time stays as it is, and is refused as such later. */
export function isoTime(ms: number): unknown {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? ms : time.toISOString();
}

/** The object that a text is the JSON of, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
