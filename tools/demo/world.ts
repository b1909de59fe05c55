import { LogiClient } from '@logi/client';
import type { Envelope } from '@logi/contracts';
import type { Random } from '../testing/random.ts';
import { keepLine, type Line } from '../testing/reconnecting-socket.ts';
import type { Api } from './api.ts';
import type { City } from './city.ts';
import type { Ledger } from './ledger.ts';
import type { Person } from './people.ts';
import type { StackAddress } from './stack-address.ts';
import type { Ticker } from './ticker.ts';

/** What everybody of the demo shares. The day has three ends, one after the other. */
export type World = {
  stack: StackAddress;
  api: Api;
  city: City;
  random: Random;
  ledger: Ledger;
  ticker: Ticker;
  /** How many times faster than in life the city drives and loads. People think in real time. */
  speed: number;
  /** Between two positions of a driver. */
  everyMs: number;
  /** No new bookings. */
  lastOrders: AbortSignal;
  /** Everybody leaves what they do and goes home. */
  nightfall: AbortSignal;
  /** Sockets are hung up. */
  hangUp: AbortSignal;
};

/** A socket in the default mode, as the specification has it; every message is checked, shown and counted first. */
export function listen(world: World, person: Person, onMessage?: (message: Envelope) => void): Line {
  const { stack, ledger, ticker, hangUp } = world;
  return keepLine({
    url: `${stack.gatewayUrl.replace(/^http/, 'ws')}/ws`,
    token: person.token,
    onOpen: () => ledger.openedLine(person),
    onText: (text) => {
      const message = ledger.heardFrame(person, text);
      if (!message) return;
      ticker.message(person, message);
      onMessage?.(message);
    },
    onLost: (why) => ledger.lostLine(person, `gateway ${why}`),
    signal: hangUp,
  });
}

/** A client that resumes: the operator's screen, which has all that happened although its socket may break. */
export function watch({ stack, ledger, ticker, hangUp }: World, operator: Person): Line {
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
        ledger.lostLines.add('operator’s client, which resumes');
      }
      if (state === 'closed') onEnd();
    },
    onGap: () => {
      ledger.lostLine(operator, 'operator’s client could not be told what it missed', lostAt);
      ledger.openedLine(operator);
    },
  });
  const take = (message: Envelope) => {
    ledger.heard(operator, message);
    ticker.message(operator, message);
  };
  client.on('status_update', ({ type, user_id, payload }) => {
    if (type === 'status_update')
      take({ type, user_id, payload: { booking_id: payload.booking_id, status: payload.status } });
  });
  client.on('driver_status_update', ({ type, user_id, payload }) => {
    if (type === 'driver_status_update')
      take({ type, user_id, payload: { driver_id: payload.driver_id, status: payload.status } });
  });
  hangUp.addEventListener('abort', () => client.close(), { once: true });
  return { opened: Promise.race([opened, ended]), ended };
}
