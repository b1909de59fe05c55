import { once } from 'node:events';
import { expect } from '@jest/globals';
import type { BookingStatus, DriverStatus, MessageType, Role } from '@logi/contracts';
import { WebSocket } from 'ws';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { act, book, goOnDuty } from '../support/people/people.ts';
import { connectV2, type V2Socket } from '../support/services/gateways.ts';
import type { System } from '../support/services/system.ts';

type Person = { role: Role; id: string };
type Trip = { id: string; user: Person };

export const ANA: Person = { role: 'user', id: 'ana' };
export const BOB: Person = { role: 'user', id: 'bob' };
export const DRO: Person = { role: 'driver', id: 'dro' };
export const DRA: Person = { role: 'driver', id: 'dra' };
export const OPS: Person = { role: 'admin', id: 'ops' };

const BERLIN = { latitude: 52.52, longitude: 13.4 };

/** Who listens in every scene. */
const AUDIENCE: [Person, query?: string][] = [
  [ANA],
  [ANA, '?types=booking_accepted,driver_location'],
  [BOB],
  [DRO],
  [DRO, '?types=booking_accepted,status_update'],
  [DRA],
  [OPS],
  [OPS, '?types=driver_status_update'],
];

/** No clock ends or delays anything. */
export const SETTINGS = {
  OFFER_TIMEOUT_MS: '600000',
  SEARCH_TIMEOUT_MS: '3600000',
  SIGNAL_DARK_AFTER_MS: '3600000',
  NEWCOMER_SHARE_PERCENT: '0',
  SEARCH_RETRY_MS: '100',
  DISPATCH_POLL_MS: '20',
  PUBLISH_INTERVAL_MS: '0',
};

/** One connection in the default mode: the text of each message as it came, in the order of arrival. */
class Listener {
  readonly texts: string[] = [];
  readonly isOpen: Promise<unknown>;
  readonly #name: string;
  readonly #ws: WebSocket;
  /** What came before this has been waited for already. */
  #next = 0;

  constructor(name: string, url: string) {
    this.#name = name;
    this.#ws = new WebSocket(url);
    this.#ws.on('message', (data, isBinary) => this.texts.push(isBinary ? `binary: ${data}` : data.toString()));
    this.isOpen = once(this.#ws, 'open');
  }

  /** Waits for the next message of this type that has these values. */
  async hears(type: MessageType, payload: object): Promise<void> {
    await eventually(() => {
      const index = this.texts.findIndex((text, at) => at >= this.#next && fits(text, { type, payload }));
      if (index < 0) {
        const last = this.texts.at(-1) ?? 'nothing';
        throw new Error(`${this.#name} waits for ${type} ${JSON.stringify(payload)}; the last it got is ${last}`);
      }
      this.#next = index + 1;
    });
  }

  /** When all that was written to it is here: the answer to a ping comes behind that. */
  async goesAway(): Promise<void> {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#ws.ping();
    await once(this.#ws, 'pong');
    this.#ws.close();
    await once(this.#ws, 'close');
  }
}

function fits(text: string, message: object): boolean {
  try {
    expect(JSON.parse(text)).toMatchObject(message);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where a scene is played. An act is over when it has been heard, so that what each connection gets, and in which order, is
 * the same every time.
 */
export class Stage {
  readonly system: System;
  readonly #listeners = new Map<string, Listener>();
  readonly #v2: V2Socket[] = [];
  readonly #onDuty = new Set<Person>();
  /** The latitude of each driver's newest point. */
  readonly #latitudes = new Map<Person, number>();

  private constructor(system: System) {
    this.system = system;
  }

  static async open(system: System): Promise<Stage> {
    const stage = new Stage(system);
    for (const person of [ANA, DRO]) {
      stage.#v2.push(await connectV2({ url: system.gatewayUrl }, stage.#token(person)));
    }
    for (const [person, query] of AUDIENCE) await stage.listens(person, query);
    return stage;
  }

  /** Ends the scene, and returns what each connection got. */
  async close(): Promise<Map<string, string[]>> {
    for (const driver of this.#onDuty) {
      const body = { status: 'Offline' };
      await call('PUT', `${this.system.trackingUrl}/v1/drivers/me/status`, { token: this.#token(driver), body });
      await this.isSeenAs(driver, 'Offline');
    }
    for (const listener of this.#listeners.values()) await listener.goesAway();
    for (const socket of this.#v2) await socket.close();
    return new Map([...this.#listeners].map(([name, { texts }]) => [name, texts]));
  }

  /** One more connection, told from the person's others by `note`. */
  async listens(person: Person, query = '', note = ''): Promise<Listener> {
    const name = [person.role, person.id, query, note].filter((part) => part !== '').join(' ');
    const listener = new Listener(
      name,
      `${this.system.gatewayUrl}/ws?token=${this.#token(person)}${query.replace('?', '&')}`,
    );
    await listener.isOpen;
    this.#listeners.set(name, listener);
    return listener;
  }

  async comesOnDuty(driver: Person, vehicleType = 'van'): Promise<void> {
    this.#onDuty.add(driver);
    this.#latitudes.set(driver, BERLIN.latitude);
    await goOnDuty(this.system, driver.id, { at: BERLIN, vehicleType });
    await this.isSeenAs(driver, 'Available');
  }

  async books(user: Person, by: { scheduledAt?: Date; bookingUrl?: string } = {}): Promise<Trip> {
    const { bookingUrl = this.system.bookingUrl, ...options } = by;
    const { booking_id: id } = await book({ ...this.system, bookingUrl }, user.id, { at: BERLIN, ...options });
    await this.becomes({ id, user }, by.scheduledAt ? 'Scheduled' : 'Searching');
    return { id, user };
  }

  async isAsked(driver: Person, trip: Trip): Promise<void> {
    await this.isToldOf(driver, trip);
    await this.isSeenAs(driver, 'Busy');
  }

  async declines(driver: Person, trip: Trip): Promise<void> {
    expect((await act(this.system, driver, trip.id, 'decline')).status).toBe(204);
  }

  async accepts(driver: Person, trip: Trip): Promise<void> {
    await this.#acts(driver, trip, 'accept');
    await this.becomes(trip, 'Accepted');
    await this.isFound(driver, trip);
  }

  /** The user is told where the driver is as the trip begins. */
  async isFound(driver: Person, trip: Trip): Promise<void> {
    const latitude = this.#latitudes.get(driver);
    await this.#person(trip.user).hears('driver_location', { booking_id: trip.id, latitude });
  }

  async takes(driver: Person, trip: Trip): Promise<void> {
    await this.isAsked(driver, trip);
    await this.accepts(driver, trip);
  }

  async assigns(driver: Person, trip: Trip, ...statuses: BookingStatus[]): Promise<void> {
    // Booking knows whom it can give a booking to from an event, which it may hear later than admins do.
    await eventually(() => this.#acts(OPS, trip, 'assign', { driver_id: driver.id }));
    await this.becomes(trip, ...statuses);
  }

  async isToldOf(driver: Person, trip: Trip): Promise<void> {
    await this.#person(driver).hears('new_booking_request', { booking_id: trip.id });
  }

  async isTakenOverBy(driver: Person, trip: Trip): Promise<void> {
    await this.#person(trip.user).hears('booking_accepted', { booking_id: trip.id, driver_id: driver.id });
    await this.isToldOf(driver, trip);
  }

  async advances(driver: Person, trip: Trip, ...statuses: BookingStatus[]): Promise<void> {
    for (const status of statuses) {
      await this.#acts(driver, trip, 'status', { status });
      await this.becomes(trip, status);
    }
  }

  async cancels(person: Person, trip: Trip, status: BookingStatus): Promise<void> {
    await this.#acts(person, trip, 'cancel');
    await this.becomes(trip, status);
  }

  async sendsPoint(driver: Person, latitude: number): Promise<void> {
    const body = { points: [{ latitude, longitude: BERLIN.longitude, accuracy: 20 }] };
    const answer = await call('POST', `${this.system.trackingUrl}/v1/locations`, { token: this.#token(driver), body });
    expect(answer.body).toEqual({ accepted: 1, rejected: [] });
    this.#latitudes.set(driver, latitude);
  }

  async drives(driver: Person, trip: Trip, latitude: number): Promise<void> {
    // Tracking hears of a job by an event.
    await eventually(async () => {
      const { body } = await call('GET', `${this.system.trackingUrl}/v1/drivers/me`, { token: this.#token(driver) });
      expect(body.booking_id).toBe(trip.id);
    });
    await this.sendsPoint(driver, latitude);
    await this.#person(trip.user).hears('driver_location', { booking_id: trip.id, latitude });
  }

  async becomes(trip: Trip, ...statuses: BookingStatus[]): Promise<void> {
    for (const status of statuses) {
      await this.#person(trip.user).hears('status_update', { booking_id: trip.id, status });
      await this.#person(OPS).hears('status_update', { booking_id: trip.id, status });
    }
  }

  async isSeenAs(driver: Person, status: DriverStatus): Promise<void> {
    await this.#person(OPS).hears('driver_status_update', { driver_id: driver.id, status });
  }

  /**
   * Of one act, admins are told what became of the booking and what became of the driver, in no order that is promised.
   * Tracking changes a driver under the lock of their row, so whoever holds it says when the second of the two is told.
   */
  async isSeenAsAfter(driver: Person, status: DriverStatus, play: () => Promise<void>): Promise<void> {
    const { sql, close } = await openSql(this.system.servers.databaseUrl);
    try {
      await sql('begin');
      const held = await sql('select from tracking.driver where driver_id = $1 for update', [driver.id]);
      expect(held).toHaveLength(1);
      await play();
    } finally {
      await close(); // and the lock goes with it
    }
    await this.isSeenAs(driver, status);
  }

  async #acts(person: Person, trip: Trip, action: string, body?: object): Promise<void> {
    expect(await act(this.system, person, trip.id, action, body)).toMatchObject({ status: 200 });
  }

  #token({ role, id }: Person): string {
    return this.system.token(role, id);
  }

  /** The person's connection that is there from the first moment to the last, and not narrowed. */
  #person({ role, id }: Person): Listener {
    const listener = this.#listeners.get(`${role} ${id}`);
    if (!listener) throw new Error(`${role} ${id} does not listen`);
    return listener;
  }
}
