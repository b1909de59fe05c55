import { isRecord, parseJson } from '@logi/contracts';

/** A point in the names that readPoint knows. Its values are as the app wrote them: what they are worth, is read there. */
export type Candidate = {
  latitude: unknown;
  longitude: unknown;
  recorded_at: unknown;
  created_at?: unknown;
  accuracy: unknown;
  speed: unknown;
  heading: unknown;
  battery: unknown;
  device?: unknown;
  valid?: boolean;
  mock?: boolean;
};

/** What a message brought: something that may be a point, or something that is none, and why. */
export type Item = { candidate: Candidate } | { skipped: 'encrypted' | 'no_position' | 'not_understood' };

export const NOT_UNDERSTOOD: Item = { skipped: 'not_understood' };
export const NO_POSITION: Item = { skipped: 'no_position' };

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const BYTE_ORDER_MARK = /^\uFEFF/;

/** The value that a body is the JSON of, or undefined. */
export function parseBody(body: string): unknown {
  return parseJson(body.replace(BYTE_ORDER_MARK, ''));
}

/** The first of these that the app says anything about: each has names of its own, and null says nothing. */
export function pick(record: Record<string, unknown>, ...names: string[]): unknown {
  return names.map((name) => record[name]).find((value) => value !== undefined && value !== null);
}

/** A text that is a number, as one. Everything else as it is, so that what is no number is refused as what it is. */
export function numeric(value: unknown): unknown {
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
}

/** Another unit. */
export function times(value: unknown, factor: number): unknown {
  const number = numeric(value);
  return typeof number === 'number' ? number * factor : undefined;
}

/** Percent, of a number that may be a share of 1. */
export function percent(value: unknown): unknown {
  const number = numeric(value);
  return typeof number === 'number' && number <= 1 ? number * 100 : number;
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === 'true' || value === '1';
}

/** Said to be so; that nothing is said is another thing. */
export function isFalse(value: unknown): boolean {
  return value === false || value === 0 || value === 'false' || value === '0';
}

export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
