import { LogiClient } from '@logi/client';
import type { Envelope } from '@logi/contracts';
import { keepConnected, type ReconnectingSocket } from '../../testing/people/reconnecting-socket.ts';
import type { Person } from '../city/person.ts';
import type { World } from '../world.ts';

/** A socket in the default mode, as the specification has it; every message is checked, shown and counted first. */
export function listen(world: World, person: Person, onMessage?: (message: Envelope) => void): ReconnectingSocket {
  const { stack, ledger, ticker, listeningEnds } = world;
  return keepConnected({
    url: `${stack.gatewayUrl.replace(/^http/, 'ws')}/ws`,
    token: person.token,
    onOpen: () => ledger.openedSocket(person),
    onText: (text) => {
      const message = ledger.heardFrame(person, text);
      if (!message) return;
      ticker.message(person, message);
      onMessage?.(message);
    },
    onLost: (why) => ledger.lostSocket(person, `gateway ${why}`),
    signal: listeningEnds,
  });
}

/** A client that resumes: the operator's screen, which has all that happened although its socket may break. */
export function watch({ stack, ledger, ticker, listeningEnds }: World, operator: Person): ReconnectingSocket {
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
  let lostAt = performance.now();
  const client = new LogiClient({
    url: `${stack.gatewayUrl.replace(/^http/, 'ws')}/ws`,
    getToken: () => operator.token,
    types: ['status_update', 'driver_status_update'],
    onState: (state) => {
      if (state === 'open') onOpen();
      if (state === 'waiting') {
        lostAt = performance.now();
        ledger.lostSockets.add('operator’s client, which resumes');
      }
      if (state === 'closed') onEnd();
    },
    onGap: () => {
      ledger.lostSocket(operator, 'operator’s client could not be told what it missed', lostAt);
      ledger.openedSocket(operator);
    },
  });
  const receive = (message: Envelope) => {
    ledger.heard(operator, message);
    ticker.message(operator, message);
  };
  client.on('status_update', ({ type, user_id, payload }) => {
    if (type === 'status_update')
      receive({ type, user_id, payload: { booking_id: payload.booking_id, status: payload.status } });
  });
  client.on('driver_status_update', ({ type, user_id, payload }) => {
    if (type === 'driver_status_update')
      receive({ type, user_id, payload: { driver_id: payload.driver_id, status: payload.status } });
  });
  listeningEnds.addEventListener('abort', () => client.close(), { once: true });
  return { opened: Promise.race([opened, ended]), ended };
}
