import { z } from 'zod';

/**
 * A whole number, duration or size as an environment variable carries it: as text. `about` goes into the reference, with
 * the default and the bounds.
 */
export function setting(options: { default: number; min: number; max: number; about: string }) {
  const { min, max, about } = options;
  return z.coerce.number().int().min(min).max(max).default(options.default).describe(about);
}
