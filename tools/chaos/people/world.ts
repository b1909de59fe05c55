import { signToken } from '@logi/auth';
import type { Role, ServiceName } from '@logi/contracts';
import type { Random } from '../../testing/random.ts';
import type { History, Who } from '../history.ts';
import type { Pulse } from '../pulse.ts';

const TOKEN_TTL_SECONDS = 24 * 3_600;

/** What everybody of the workload shares. */
export type World = {
  urls: Record<ServiceName, string>;
  secret: string;
  history: History;
  pulse: Pulse;
  random: Random;
  /** No new bookings. */
  lastOrders: AbortSignal;
  /** Everybody leaves. */
  goHome: AbortSignal;
};

export type Person = Who & { token: string };

export function createPerson({ secret }: World, role: Role, id: string): Person {
  return { role, id, token: signToken({ role, sub: id, ttlSeconds: TOKEN_TTL_SECONDS, secret }) };
}
