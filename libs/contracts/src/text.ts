import { z } from 'zod';

/**
 * Text that survives every hop unchanged. PostgreSQL cannot store NUL, and UTF-8 turns every lone surrogate into the
 * same replacement character, so two different ids could become one. Length is counted in characters, not UTF-16 units.
 */
export function storableText(maxCharacters: number) {
  return (
    z
      .string()
      .min(1)
      // Characters are at most as many as UTF-16 units, so most texts need no counting.
      .refine(
        (text) => text.length <= maxCharacters || [...text].length <= maxCharacters,
        `at most ${maxCharacters} characters`,
      )
      .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be well-formed Unicode without NUL')
  );
}

/** Who a person is: the `sub` of their token. Opaque: dots, `#`, `*`, spaces and Unicode mean nothing. */
export const principalId = storableText(128);

/** The key of a row in the operator's table of vehicle types: `bike`, `car`, `van`, `truck`, … */
export const vehicleType = storableText(32);

/** A field that may be left out, which many clients do by sending null. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

export const timestamp = z.iso.datetime({ offset: true });

const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * For a terminal: ids and reasons are strangers' words, and what would steer it, or turn the order of letters round, is
 * shown and not obeyed. JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replaceAll(STEERING, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return character
    .split('') // a character may be two units
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
