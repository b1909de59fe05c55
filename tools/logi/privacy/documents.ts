import { EVENTS, isEventType, isRecord, type Role } from '@logi/contracts';

/*
 * JSON in which ids stand: events, answers, details. The same text may be the id of a user and that of a driver, and a word
 * that stands there for something else, so nothing is searched and replaced: only where a person stands, in which role.
 */

export type Person = { role: Role; id: string };

/** Keys whose value, or each value in it, is the id of somebody. */
export const ID_KEYS: Readonly<Record<string, Role>> = {
  user_id: 'user',
  on_behalf_of: 'user',
  driver_id: 'driver',
  previous_driver_id: 'driver',
  excluded_driver_ids: 'driver',
};
/** These say who, beside `role` or `kind`: `{ role: 'admin', id: … }`. */
export const WHO_KEYS: readonly string[] = ['id', 'sub'];
const DRIVERS_AGGREGATES: readonly string[] = ['driver', 'driver_work'];

/** A tenth of a degree: some 11 km, a town and no street. */
const COARSE_PER_DEGREE = 10;
export const COARSE_DECIMALS = 1;
/** What a free text is counted as where reasons are counted. */
export const FREE_TEXT = 'other';

type Change = {
  id: (person: { role: string; id: string }) => string;
  /** Of a place, in degrees. */
  degrees: (value: number) => number;
  /** Of what somebody wrote. */
  text: (value: string) => string;
};
const UNCHANGED: Change = { id: ({ id }) => id, degrees: (value) => value, text: (value) => value };

/** Admins, and whoever runs commands. */
export function isOperators(role: unknown): boolean {
  return role === 'admin' || role === 'operator';
}

export function namesPerson(document: unknown, { role, id }: Person): boolean {
  let isNamed = false;
  change(document, {
    ...UNCHANGED,
    id: (each) => {
      isNamed ||= each.role === role && each.id === id;
      return each.id;
    },
  });
  return isNamed;
}

/** The document with a pseudonym in the person's place, rough places, and nothing that somebody wrote but known reasons. */
export function forgetPerson(
  document: unknown,
  { role, id }: Person,
  { pseudonym, reasons }: { pseudonym: string; reasons: ReadonlySet<string> },
): unknown {
  return change(document, {
    id: (each) => (each.role === role && each.id === id ? pseudonym : each.id),
    degrees: (value) => Math.round(value * COARSE_PER_DEGREE) / COARSE_PER_DEGREE,
    text: (value) => (reasons.has(value) ? value : FREE_TEXT),
  });
}

/** The document without the names of the operator's people, other than this person. */
export function hideAdmins(document: unknown, { role, id }: Person, hidden: string): unknown {
  return change(document, {
    ...UNCHANGED,
    id: (each) => (isOperators(each.role) && !(role === each.role && id === each.id) ? hidden : each.id),
  });
}

function change(value: unknown, by: Change): unknown {
  if (Array.isArray(value)) return value.map((each) => change(each, by));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, changePart(value, key, { part, by })]));
}

type Part = { part: unknown; by: Change };

function changePart(owner: Record<string, unknown>, key: string, { part, by }: Part): unknown {
  const role = roleAt(owner, key);
  if (role !== undefined) {
    if (typeof part === 'string') return by.id({ role, id: part });
    if (Array.isArray(part)) return part.map((id) => (typeof id === 'string' ? by.id({ role, id }) : id));
  }
  if (key === 'reason' && typeof part === 'string') return by.text(part);
  if ((key === 'latitude' || key === 'longitude') && typeof part === 'number') return by.degrees(part);
  if (key === 'coordinates' && Array.isArray(part)) {
    return part.map((degrees) => (typeof degrees === 'number' ? by.degrees(degrees) : degrees));
  }
  return change(part, by);
}

function roleAt(owner: Record<string, unknown>, key: string): string | undefined {
  if (Object.hasOwn(ID_KEYS, key)) return ID_KEYS[key];
  if (WHO_KEYS.includes(key)) return [owner['role'], owner['kind']].find((role) => typeof role === 'string');
  const { type } = owner;
  const isOfEvent = key === 'aggregate_id' && typeof type === 'string' && isEventType(type);
  return isOfEvent && DRIVERS_AGGREGATES.includes(EVENTS[type].aggregate) ? 'driver' : undefined;
}
