/** The numbers that a Date can hold; a time beyond is as impossible as one at this edge. */
const MAX_DATE_MS = 8.64e15;

/**
 * Numbers count seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size: all times from
 * 1973 to 5138 are read as what they are. Traccar's border, 2^31 - 1, would read seconds after 2038 as 1970.
 */
const UNITS = [
  { below: 1e11, ms: 1_000 },
  { below: 1e14, ms: 1 },
  { below: 1e17, ms: 1e-3 },
  { below: Number.POSITIVE_INFINITY, ms: 1e-6 },
];
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const ZONE = String.raw`(?<zone>z|utc|gmt|(?:utc|gmt)?(?<sign>[+-])(?<zh>\d{2}):?(?<zm>\d{2})?)?`;
const CLOCK = String.raw`(?<h>\d{2}):?(?<min>\d{2})(?::?(?<s>\d{2})(?<fraction>[.,]\d+)?)?`;
/** RFC 3339 and ISO 8601, also without separators, with a space or lower-case letters; Java's `[Europe/Paris]` is left. */
const ISO = new RegExp(String.raw`^(?<y>\d{4})-?(?<m>\d{2})-?(?<d>\d{2})[t ]${CLOCK} ?${ZONE}(?:\[[\w/+-]+\])?$`, 'i');
/** `Wed, 25 Nov 2026 18:00:00 GMT`: HTTP, mail, JavaScript's toUTCString. */
const DATE_FIRST = new RegExp(
  String.raw`^(?:\w{3}, )?(?<d>\d{1,2})[ -]${MONTH}[ -](?<y>\d{4}) ${CLOCK} ?${ZONE}$`,
  'i',
);
/** `Wed Nov 25 2026 18:00:00 GMT+0000 (…)`: JavaScript's toString. */
const MONTH_FIRST = new RegExp(String.raw`^\w{3} ${MONTH} (?<d>\d{2}) (?<y>\d{4}) ${CLOCK} ?${ZONE}(?: \(.*\))?$`, 'i');
/** `Wed Nov 25 18:00:00 UTC 2026`: Java's toString, and the command `date`. */
const YEAR_LAST = new RegExp(String.raw`^\w{3} ${MONTH} (?<d>[ \d]\d) ${CLOCK} ${ZONE} (?<y>\d{4})$`, 'i');
const FORMS = [ISO, DATE_FIRST, MONTH_FIRST, YEAR_LAST];
const LONGEST_TEXT = 100;
/** JavaScript's toISOString, which most apps send. */
const USUAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * A time as devices write it, in milliseconds since 1970, or undefined. Without a zone it is UTC. Whether it can be is
 * not asked here: clocks say 1970, 1901 or 30828, and what that means is for who judges.
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) return undefined;
  const usual = USUAL.test(value) ? Date.parse(value) : Number.NaN;
  // Date.parse makes the next month of the 31st of February.
  if (new Date(usual).getUTCDate() === Number(value.slice(8, 10))) return usual;
  const text = value.trim();
  if (NUMBER.test(text)) return fromNumber(Number(text));
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups) return fromGroups(groups);
  }
  return undefined;
}

function fromNumber(value: number): number | undefined {
  if (Number.isNaN(value)) return undefined;
  const unit = UNITS.find(({ below }) => Math.abs(value) < below)?.ms ?? 1;
  return Math.max(-MAX_DATE_MS, Math.min(MAX_DATE_MS, Math.round(value * unit)));
}

function fromGroups(groups: Record<string, string | undefined>): number | undefined {
  const number = (name: string) => Number(groups[name] ?? 0);
  const month = groups['month'] === undefined ? number('m') : MONTHS.indexOf(groups['month'].toLowerCase()) + 1;
  const [day, hour, minute, second] = [number('d'), number('h'), number('min'), number('s')];
  // A leap second is the first of the next minute, as in POSIX.
  if (hour > 23 || minute > 59 || second > 60 || number('zh') > 23 || number('zm') > 59) return undefined;
  const midnight = new Date(0).setUTCFullYear(number('y'), month - 1, day);
  if (month < 1 || month > 12 || new Date(midnight).getUTCDate() !== day) return undefined;
  const fractionMs = Math.floor(Number(`0${groups['fraction']?.replace(',', '.') ?? ''}`) * 1_000);
  const zoneMs = (groups['sign'] === '-' ? -1 : 1) * (number('zh') * HOUR_MS + number('zm') * MINUTE_MS);
  return midnight + hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 + fractionMs - zoneMs;
}
