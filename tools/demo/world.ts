import type { Requests } from '../testing/people/requests.ts';
import type { Random } from '../testing/random.ts';
import type { Api } from './api.ts';
import type { City } from './city/city.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Ticker } from './screen/ticker.ts';
import type { StackAddress } from './stack-address.ts';

/** What everybody of the demo shares. The day ends in three steps. */
export type World = {
  stack: StackAddress;
  requests: Requests;
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
  bookingEnds: AbortSignal;
  /** Everybody leaves what they do and goes home. */
  workEnds: AbortSignal;
  /** Sockets are closed. */
  listeningEnds: AbortSignal;
};
