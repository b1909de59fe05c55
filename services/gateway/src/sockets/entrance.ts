import { CONTROL_TYPES, DomainError, MAX_ID_CHARACTERS, PROTOCOL_V2, ROLES, V2_TYPES } from '@logi/contracts';
import type { Frame, HttpApp } from '@logi/service';
import { z } from 'zod';
import { Admission } from './admission.ts';
import { Register, type RegisterOptions } from './register.ts';

const SOCKET_PATH = '/ws';
/** Of either protocol. What is said of the connection itself is never left out. */
const KNOWN_TYPES: ReadonlySet<string> = new Set([...V2_TYPES, ...CONTROL_TYPES]);

const ABOUT = {
  operationId: 'openEvents',
  summary: 'The WebSocket of events. A plain GET answers what the upgrade would be refused with; 426: nothing',
  errors: ['unknown_message_type', 'too_many_connections'],
  query: z.object({
    types: z.string().optional().describe('Only these types of messages, separated by commas'),
    last_id: z.string().optional().describe('In logi.v2: the last message that was read; what came since is replayed'),
  }),
} as const;

export type EntranceOptions = Omit<RegisterOptions, 'admission'> & {
  /** Nobody is let in before the recent messages have been read: what a client missed could not be told. */
  hasWarmedUp: () => boolean;
};

/** Who may open a socket, and what for. */
export function openEntrance(frame: Frame, app: HttpApp, options: EntranceOptions): void {
  const { config, metrics, connections } = options;
  const admission = new Admission({
    maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    maxUpgradesPerSecond: config.MAX_UPGRADES_PER_SECOND,
  });
  const register = new Register({ ...options, admission });
  const most = config.MAX_CONNECTIONS_PER_PRINCIPAL;
  frame.acceptSockets(app, {
    path: SOCKET_PATH,
    about: ABOUT,
    roles: ROLES,
    protocols: [PROTOCOL_V2],
    maxFrameBytes: config.MAX_FRAME_BYTES,
    maxTokenCharacters: config.MAX_TOKEN_CHARACTERS,
    beforeVerify: (address) => admission.checkAddress(address),
    admit: (_identity, query, address) => {
      const types = wantedTypes(query);
      checkRoom(options);
      return { types, address, lastId: query.get('last_id')?.slice(0, MAX_ID_CHARACTERS) };
    },
    takeRoom: ({ principal }) => {
      admission.takeTurn();
      connections.payForPlace(principal, { most });
    },
    onRefused: ({ code }) => metrics.refused.inc({ reason: code }),
    onAccepted: ({ request, ...accepted }) => {
      connections.replaceOldest(accepted.identity.principal, { keep: most - 1 });
      register.enter({ ...accepted, ...request });
    },
  });
}

function checkRoom({ config, connections, hasWarmedUp }: EntranceOptions): void {
  if (!hasWarmedUp()) throw new DomainError('unavailable', { message: 'Nothing can be delivered yet' });
  if (connections.size >= config.MAX_CONNECTIONS) throw new DomainError('unavailable');
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
