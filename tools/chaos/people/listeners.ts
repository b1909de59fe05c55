import { LogiClient, type Message } from '@logi/client';
import type { Person } from '../../testing/people/person.ts';
import { readEnvelope } from '../../testing/people/read-envelope.ts';
import { keepConnected, type ReconnectingSocket } from '../../testing/people/reconnecting-socket.ts';
import type { HeardEntry, Who } from '../checker/history.ts';
import type { World } from './world.ts';

/** What says about the connection, not about the business. */
const CONTROL: ReadonlySet<string> = new Set([
  'hello',
  'resumed',
  'authenticated',
  'token_expiring',
  'goaway',
  'degraded',
  'restored',
  'pong',
]);
/** Long, and of no use to the checker. */
const LEFT_OUT: ReadonlySet<string> = new Set(['pickup_location', 'dropoff_location']);

export type Listener = { isOpen: () => boolean; close: () => void };

/** A logi.v2 client of libs/client: resumes, and must miss nothing. */
export function listenDetailed(
  world: World,
  person: Person,
  { socket, onMessage = () => undefined }: { socket: string; onMessage?: (message: Message) => void },
): Listener {
  const by = { role: person.role, id: person.id };
  const where = { by, socket, mode: 'logi.v2' } as const;
  world.history.add({ kind: 'socket', at: Date.now(), ...where });
  const client = new LogiClient({
    url: `${world.urls.gateway.replace(/^http/, 'ws')}/ws`,
    getToken: () => person.token,
    onGap: () => world.history.add({ kind: 'gap', at: Date.now(), by, socket }),
  });
  client.on('*', (message) => {
    if (!CONTROL.has(message.type)) {
      record(world, { ...where, connection: 0 }, message);
      countWork(world, by, message);
    }
    onMessage(message);
  });
  return { isOpen: () => client.state === 'open', close: () => client.close() };
}

function countWork({ meter }: World, { role }: Who, { type, at, payload }: Message): void {
  if (type === 'new_booking_request' && role === 'driver') meter.count('dispatch', Date.parse(at));
  else if (type === 'status_update') meter.count('event', Date.parse(at));
  else if (type === 'driver_location') meter.count('position', Date.parse(payload.recorded_at));
}

/** A socket in the default mode: at most once, and what is missed while away is missed. */
export function listenPlainly(world: World, person: Person, socket: string): ReconnectingSocket {
  const where = { by: { role: person.role, id: person.id }, socket, mode: 'default' } as const;
  world.history.add({ kind: 'socket', at: Date.now(), ...where });
  let connection = 0;
  return keepConnected({
    url: `${world.urls.gateway.replace(/^http/, 'ws')}/ws`,
    token: person.token,
    onOpen: () => {
      connection += 1;
    },
    onText: (text) => {
      // Exactly of the specified form, or the checker finds a message of a type that nobody is to hear.
      const message = readEnvelope(text) ?? { type: 'malformed', user_id: '', payload: { text } };
      record(world, { ...where, connection }, message);
    },
    signal: world.goHome,
  });
}

function record(
  world: World,
  where: Pick<HeardEntry, 'by' | 'socket' | 'mode' | 'connection'>,
  { type, user_id, payload }: { type: string; user_id: string; payload: object },
): void {
  const kept = Object.fromEntries(Object.entries(payload).filter(([key]) => !LEFT_OUT.has(key)));
  world.history.add({ kind: 'heard', at: Date.now(), ...where, message: { type, user_id, payload: kept } });
}
