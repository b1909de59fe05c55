import type { DeliveryNotice } from '../sockets/announcements.ts';

/**
 * Whether what is put into the stream comes out here.
 *
 *   starting --(a probe of ours comes back)----------> working
 *   working  --(the link breaks, or a probe is lost)-> degraded   clients are told
 *   degraded --(a probe of ours comes back)----------> working    clients are told
 *
 * After a lost probe the stream is read again from the same offset. When the next probe is lost, too, there is no such
 * offset: the stream was deleted and made anew, and is distrusted. While starting nobody is told of all this, since
 * nobody has been let in.
 */
export type Delivery =
  | { readonly is: 'starting'; readonly lostProbes: number }
  | { readonly is: 'working' }
  | { readonly is: 'degraded'; readonly since: string; readonly lostProbes: number };

/** The next state, what clients are told, and whether the stream must be read anew. */
export type DeliveryStep = {
  readonly delivery: Delivery;
  readonly tell?: DeliveryNotice;
  readonly isDistrusted?: boolean;
};

export const STARTING: Delivery = { is: 'starting', lostProbes: 0 };
/** So many probes in a row, and the stream is another one. */
const MAX_LOST_PROBES = 1;

export function probeReturned(delivery: Delivery): DeliveryStep {
  const working: Delivery = { is: 'working' };
  if (delivery.is !== 'degraded') return { delivery: working };
  return { delivery: working, tell: { type: 'restored', payload: { since: delivery.since } } };
}

export function linkLost(delivery: Delivery, now: Date): DeliveryStep {
  return delivery.is === 'working' ? degrade(now, 0) : { delivery };
}

export function probeLost(delivery: Delivery, now: Date): DeliveryStep {
  if (delivery.is === 'working') return degrade(now, 1);
  const lostProbes = delivery.lostProbes + 1;
  return { delivery: { ...delivery, lostProbes }, isDistrusted: lostProbes > MAX_LOST_PROBES };
}

function degrade(now: Date, lostProbes: number): DeliveryStep {
  const since = now.toISOString();
  return { delivery: { is: 'degraded', since, lostProbes }, tell: { type: 'degraded', payload: { since } } };
}
