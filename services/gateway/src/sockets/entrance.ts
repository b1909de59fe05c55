import type { IncomingMessage } from 'node:http';
import {
  CONTROL_TYPES,
  DomainError,
  MAX_ID_CHARACTERS,
  PROTOCOL_V2,
  type Principal,
  ROLES,
  V2_TYPES,
} from '@logi/contracts';
import type { Frame, HttpApp } from '@logi/service';
import { Admission, addressOf } from './admission.ts';
import { Register, type RegisterOptions } from './register.ts';

const SOCKET_PATH = '/ws';
/** Of either protocol. What is said of the connection itself is never left out. */
const KNOWN_TYPES: ReadonlySet<string> = new Set([...V2_TYPES, ...CONTROL_TYPES]);

export type EntranceOptions = Omit<RegisterOptions, 'admission'> & {
  /** Nobody is let in before the recent messages have been read: what a client missed could not be told. */
  hasWarmedUp: () => boolean;
};

/** Who may open a socket, and what for. */
export function openEntrance(frame: Frame, app: HttpApp, options: EntranceOptions): void {
  const { config, metrics } = options;
  const admission = new Admission({
    maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    maxUpgradesPerSecond: config.MAX_UPGRADES_PER_SECOND,
  });
  const register = new Register({ ...options, admission });
  const addressFor = (request: IncomingMessage) => addressOf(request, config.TRUSTED_PROXY_HOPS);
  frame.acceptSockets(app, {
    path: SOCKET_PATH,
    roles: ROLES,
    protocols: [PROTOCOL_V2],
    allowedOrigins: config.ALLOWED_ORIGINS,
    maxFrameBytes: config.MAX_FRAME_BYTES,
    maxTokenCharacters: config.MAX_TOKEN_CHARACTERS,
    addressOf: addressFor,
    beforeVerify: (request) => admission.check(addressFor(request)),
    admit: ({ principal }, query, request) => {
      const types = wantedTypes(query);
      checkRoom(options, principal);
      return { types, address: addressFor(request), lastId: query.get('last_id')?.slice(0, MAX_ID_CHARACTERS) };
    },
    onRefused: ({ code }) => metrics.refused.inc({ reason: code }),
    onAccepted: ({ request, ...accepted }) => register.enter({ ...accepted, ...request }),
  });
}

function checkRoom({ config, connections, hasWarmedUp }: EntranceOptions, principal: Principal): void {
  if (!hasWarmedUp()) throw new DomainError('unavailable', { message: 'Nothing can be delivered yet' });
  if (connections.size >= config.MAX_CONNECTIONS) throw new DomainError('unavailable');
  if (connections.countOf(principal) >= config.MAX_CONNECTIONS_PER_PRINCIPAL) {
    throw new DomainError('too_many_connections');
  }
}

/** `?types=a,b`, also given more than once, narrows a connection to some of what its role may see; it cannot widen it. */
function wantedTypes(query: URLSearchParams): ReadonlySet<string> | undefined {
  const asked = query.getAll('types').flatMap((list) => list.split(','));
  if (asked.length === 0) return undefined;
  if (!asked.every((name) => KNOWN_TYPES.has(name))) {
    throw new DomainError('unknown_message_type', { details: { known: [...KNOWN_TYPES] } });
  }
  return new Set(asked);
}
