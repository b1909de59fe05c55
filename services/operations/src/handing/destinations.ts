import type { CoreService } from '@logi/contracts';
import type { Config } from '../config.ts';

/** Where a call goes on to: a service's origin, and the path there, as it was written. */
export type Destination = { service: CoreService; origin: string; path: string };

type Addresses = Pick<Config, 'BOOKING_URL' | 'TRACKING_URL' | 'GATEWAY_URL'>;

export const SOCKET_PATH = '/ws';
/** What is for operators alone, such as /metrics, is not handed on, nor is whatever a service may answer some day. */
const HANDED_ON = /^\/(booking|tracking|gateway)(\/(?:v1\/.*|docs(?:\/.*)?|openapi\.json))$/s;
/** By which a path could leave what is handed on, where somebody on the way resolves it. */
const DOTS = /(^|\/)(\.|%2e){1,2}(\/|$)/i;

/** Undefined where nothing is handed on. Ids are any text, so the path is never decoded here. */
export function destinationOf(target: string, addresses: Addresses): Destination | undefined {
  const [path = '', ...query] = target.split('?');
  if (DOTS.test(path)) return undefined;
  const search = query.length > 0 ? `?${query.join('?')}` : '';
  if (path === SOCKET_PATH) return { service: 'gateway', origin: addresses.GATEWAY_URL, path: `${path}${search}` };
  const [, service, rest] = HANDED_ON.exec(path) ?? [];
  switch (service) {
    case 'booking':
      return { service, origin: addresses.BOOKING_URL, path: `${rest}${search}` };
    case 'tracking':
      return { service, origin: addresses.TRACKING_URL, path: `${rest}${search}` };
    case 'gateway':
      return { service, origin: addresses.GATEWAY_URL, path: `${rest}${search}` };
    default:
      return undefined;
  }
}
