import type { CoreService, Role } from '@logi/contracts';
import { type Person, withToken } from '../../testing/people/person.ts';
import { type Requests, requestsTo } from '../../testing/people/requests.ts';
import type { Random } from '../../testing/random.ts';
import type { History } from '../checker/history.ts';
import type { WorkMeter } from './work-meter.ts';

const TOKEN_TTL_SECONDS = 24 * 3_600;

/** What everybody of the workload shares. */
export type World = {
  urls: Record<CoreService, string>;
  secret: string;
  history: History;
  meter: WorkMeter;
  random: Random;
  /** No new bookings. */
  lastOrders: AbortSignal;
  /** Everybody leaves. */
  goHome: AbortSignal;
};

export function createPerson({ secret }: World, role: Role, id: string): Person {
  return withToken({ role, id }, { ttlSeconds: TOKEN_TTL_SECONDS, secret });
}

export function requestsOf({ urls }: World): Requests {
  return requestsTo({ bookingUrl: urls.booking, trackingUrl: urls.tracking });
}
