import type { Envelope } from '@logi/contracts';
import type { Api } from './api.ts';
import type { City } from './city.ts';
import type { Ledger } from './ledger.ts';
import { keepLine, type Line } from './line.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
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

/** Opens this person's gateway socket; every message is checked, shown and counted before the person hears it. */
export function listen(world: World, person: Person, onMessage?: (message: Envelope) => void): Line {
  const { stack, ledger, ticker, hangUp } = world;
  return keepLine({
    url: `${stack.gatewayUrl.replace(/^http/, 'ws')}/ws`,
    token: person.token,
    onOpen: () => ledger.openedLine(person),
    onText: (text) => {
      const message = ledger.heard(person, text);
      if (!message) return;
      ticker.message(person, message);
      onMessage?.(message);
    },
    onLost: (why) => ledger.lostLine(person, `gateway ${why}`),
    signal: hangUp,
  });
}
