import { z } from 'zod';
import { apiSchemas } from './api-schemas.ts';

export const ROLES = ['user', 'driver', 'admin'] as const;
export const role = z.enum(ROLES).register(apiSchemas, { id: 'Role' });
export type Role = z.infer<typeof role>;

/** Who makes a call or holds a connection, as their token says. */
export type Principal = { role: Role; id: string };

/** One text for each principal: ids are opaque, and a role is a single word, so none can look like another's. */
export function principalKey({ role, id }: Principal): string {
  return `${role} ${id}`;
}
