import { z } from 'zod';

export const ROLES = ['user', 'driver', 'admin'] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

/** Who makes a call or holds a connection, as their token says. */
export type Principal = { role: Role; id: string };
