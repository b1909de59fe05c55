import { Agent } from 'node:http';
import type { BookingStatus, MessageType, Role } from '@logi/contracts';
import { WebSocket } from 'ws';
import { withToken } from '../../testing/people/person.ts';
import { type ApiRequest, requestsTo, STAGES, type Trip, tripBetween } from '../../testing/people/requests.ts';
import { call } from '../call.ts';
import { say } from '../suite.ts';
import type { Place } from './services.ts';

/*
 * Users and drivers as apps are: each has a socket to the gateway and calls by HTTP. A driver accepts what they are offered
 * and goes from stage to stage as soon as they are answered, so that what is measured is ours and not a way through a city.
 */

const TOKEN_SECONDS = 3_600;
const CONNECTIONS = 64;
const CENTRE = { latitude: 52.52, longitude: 13.4 };
/** So that each booking has drivers nearby, and not all the same. */
const TOWN_DEGREES = 0.05;
const PATIENCE_MS = 60_000;
/** Nobody is offered to who has not been heard of for two minutes; a machine at leisure is done before this. */
const HEARD_EVERY_MS = 45_000;

type Someone = { id: string; token: string };
type Offer = { driver: Someone; atMs: number };
type Message = {
  user_id: string;
  type: MessageType;
  payload: { booking_id?: string; status?: BookingStatus };
};

/** Of one booking, in milliseconds since it was asked for. */
export type Moments = { offered: number; accepted: number; told: number; over: number };
/** One call after the other of a booking's life, with what follows it: what is there beside the answer is awaited, too. */
export type Step = { name: string; take: () => Promise<void> };

export type People = {
  /** What a booking goes through, step by step; `moments` is whole after the last one. */
  book: (n: number) => { steps: Step[]; moments: Moments };
  leave: () => void;
};

export async function gather(place: Place, counts: { users: number; drivers: number }): Promise<People> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const requests = requestsTo(place);
  const offers = new Expected<Offer>('an offer');
  const told = new Expected<number>('being told');
  const be = (role: Role, n: number): Someone =>
    withToken({ role, id: `${role} ${n}` }, { secret: place.secret, ttlSeconds: TOKEN_SECONDS });
  const users = Array.from({ length: counts.users }, (_, n) => be('user', n));
  const drivers = Array.from({ length: counts.drivers }, (_, n) => be('driver', n));
  const ask = async ({ token }: Someone, { method, url, body }: ApiRequest, expected: number) => {
    const attempt = () => call({ agent, token, method, url, ...(body && { body }) });
    // A connection that was idle for long is closed by the server, maybe in the moment in which it is used again.
    const answer = await attempt().catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'ECONNRESET') throw err;
      return attempt();
    });
    if (answer.status !== expected) throw new Error(`${method} ${url} answered ${answer.status} ${answer.text}`);
    return answer.text;
  };
  const sockets = [
    ...drivers.map((driver) =>
      open(place.gatewayUrl, driver, ({ type, payload: { booking_id = '' } }) => {
        if (type === 'new_booking_request') offers.came(booking_id, { driver, atMs: performance.now() });
      }),
    ),
    ...users.map((user) =>
      open(place.gatewayUrl, user, ({ type, payload: { booking_id = '', status = '' } }) => {
        if (type === 'booking_accepted') told.came(`${booking_id} Accepted`, performance.now());
        if (type === 'status_update') told.came(`${booking_id} ${status}`, performance.now());
      }),
    ),
  ];
  const opened = await Promise.all(sockets);
  const places = drivers.map(somewhere);
  const goOnDuty = () =>
    Promise.all(drivers.map((driver, n) => ask(driver, requests.goOnDuty(places[n] ?? CENTRE, 'van'), 200)));
  await goOnDuty();
  const beHeardOf = setInterval(() => void goOnDuty().catch((err) => say(String(err))), HEARD_EVERY_MS);

  const book = (n: number) => {
    const user = users[n % users.length] ?? be('user', 0);
    const trip: Trip = tripBetween(somewhere(), somewhere(), 'van');
    const moments: Moments = { offered: 0, accepted: 0, told: 0, over: 0 };
    let [quote, booking, driver, bookedAt] = ['', '', user, 0];
    const steps: Step[] = [
      {
        name: 'estimate',
        take: async () => {
          quote = JSON.parse(await ask(user, requests.estimate(trip), 200)).quote_id;
        },
      },
      {
        name: 'create, search and offer',
        take: async () => {
          bookedAt = performance.now();
          booking = JSON.parse(await ask(user, requests.book({ ...trip, quote_id: quote }), 201)).booking_id;
          const offer = await offers.of(booking);
          driver = offer.driver;
          moments.offered = offer.atMs - bookedAt;
        },
      },
      {
        name: 'accept',
        take: async () => {
          await ask(driver, requests.act(booking, 'accept'), 200);
          moments.accepted = performance.now() - bookedAt;
          moments.told = (await told.of(`${booking} Accepted`)) - bookedAt;
        },
      },
      ...STAGES.map((status) => ({
        name: status,
        take: async () => {
          await ask(driver, requests.act(booking, 'status', { status }), 200);
          if (status !== 'Delivered') return;
          moments.over = (await told.of(`${booking} Delivered`)) - bookedAt;
        },
      })),
    ];
    return { steps, moments };
  };
  return {
    book,
    leave: () => {
      clearInterval(beHeardOf);
      for (const socket of opened) socket.removeAllListeners('close').terminate();
      agent.destroy();
    },
  };
}

function somewhere() {
  const off = () => (Math.random() - 0.5) * TOWN_DEGREES;
  return { latitude: CENTRE.latitude + off(), longitude: CENTRE.longitude + off() };
}

function open(url: string, { token }: Someone, onMessage: (message: Message) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  socket.on('message', (data) => onMessage(JSON.parse(data.toString())));
  socket.on('close', (code, reason) => say(`a socket was closed: ${code} ${reason}`)); // who is not there is told nothing
  return new Promise((resolve, reject) => socket.once('open', () => resolve(socket)).once('error', reject));
}

/** What will come, or has come already, before anybody knew that it would be waited for. */
class Expected<Value> {
  readonly #what: string;
  readonly #here = new Map<string, PromiseWithResolvers<Value>>();

  constructor(what: string) {
    this.#what = what;
  }

  came(key: string, value: Value): void {
    this.#entry(key).resolve(value);
  }

  async of(key: string): Promise<Value> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`${this.#what} did not come for ${key}`)), PATIENCE_MS);
    try {
      return await Promise.race([this.#entry(key).promise, late.promise]);
    } finally {
      clearTimeout(timer);
      this.#here.delete(key);
    }
  }

  #entry(key: string): PromiseWithResolvers<Value> {
    const known = this.#here.get(key);
    if (known) return known;
    const made = Promise.withResolvers<Value>();
    this.#here.set(key, made);
    return made;
  }
}
