import { styleText } from 'node:util';
import { type Envelope, fromGeoPoint, isTerminal, printable, type Role } from '@logi/contracts';
import { fromLatLon, straightMeters } from '../city/city.ts';
import { ID_PREFIX, type Person } from '../city/person.ts';
import type { Ledger } from '../ledger/ledger.ts';

const COUNT_EVERY_MS = 1_000;
const COLORS = { user: 'cyan', driver: 'yellow', admin: 'magenta' } as const satisfies Record<Role, string>;
type Style = Parameters<typeof styleText>[0];

/**
 * What scrolls by: a line for each message that the gateway delivers, except positions. Of those, the first of each trip
 * has a line, and the rest are counted once a second.
 */
export class Ticker {
  readonly #ledger: Ledger;
  readonly #print: (line: string) => void;
  readonly #startedAt = performance.now();
  readonly #shownPositions = new Set<string>();
  readonly #counter: NodeJS.Timeout;
  #positions = 0;
  #watchers = new Set<Person>();
  #sentBefore = 0;

  constructor(options: { ledger: Ledger; print: (line: string) => void }) {
    this.#ledger = options.ledger;
    this.#print = options.print;
    this.#counter = setInterval(() => this.#countPositions(), COUNT_EVERY_MS);
  }

  /** What happens to the demo itself. */
  note(text: string): void {
    this.#print(paint('bold', `${this.#time()}  ${text}`));
  }

  message(person: Person, message: Envelope): void {
    if (message.type === 'driver_location') {
      this.#positions += 1;
      this.#watchers.add(person);
      if (this.#shownPositions.has(message.payload.booking_id)) return;
      this.#shownPositions.add(message.payload.booking_id);
    }
    const to = `${person.role.padEnd(6)} ${person.name.padEnd(14)}`;
    const telling = this.#tell(person, message);
    this.#print(`${this.#time()}  ${paint(COLORS[person.role], to)} ${message.type.padEnd(20)} ${telling}`);
  }

  stop(): void {
    clearInterval(this.#counter);
  }

  #tell(person: Person, message: Envelope): string {
    if (message.type === 'driver_status_update')
      return `${nameOf(message.payload.driver_id)} is ${message.payload.status}`;
    const number = `#${this.#ledger.booking(message.payload.booking_id).number}`;
    switch (message.type) {
      case 'new_booking_request': {
        const { vehicle_type, price_estimate, pickup_location, dropoff_location, user_id } = message.payload;
        const [from, to] = [pickup_location, dropoff_location].map((point) => fromLatLon(fromGeoPoint(point)));
        const kilometers = from && to ? (straightMeters(from, to) / 1_000).toFixed(1) : '?';
        const about = `${vehicle_type}, ${kilometers} km, ${price_estimate}`;
        return person.role === 'user'
          ? `${number} your booking is in: ${about}`
          : `${number} offer: ${about}, for ${nameOf(user_id)}`;
      }
      case 'booking_accepted':
        return `${number} ${nameOf(message.payload.driver_id)} will come`;
      case 'driver_location': {
        const { latitude, longitude } = message.payload;
        return `${number} ${latitude.toFixed(5)}, ${longitude.toFixed(5)} (the first; more are only counted)`;
      }
      case 'status_update': {
        const { status } = message.payload;
        return `${number} ${isTerminal(status) ? paint(status === 'Delivered' ? 'green' : 'red', status) : status}`;
      }
      default:
        return message satisfies never;
    }
  }

  #countPositions(): void {
    const sent = this.#ledger.points.sent - this.#sentBefore;
    this.#sentBefore = this.#ledger.points.sent;
    if (sent + this.#positions === 0) return;
    const text = `drivers sent ${sent} positions; ${this.#positions} driver_location to ${this.#watchers.size} users`;
    this.#print(paint('dim', `${this.#time()}  this second: ${text}`));
    this.#positions = 0;
    this.#watchers = new Set();
  }

  #time(): string {
    return `${((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6)}s`;
  }
}

/** Colour only where somebody sees it: `styleText` looks whether standard output is a terminal, and at NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** As people of the demo are called; others by their id. */
function nameOf(id: string): string {
  if (!id.startsWith(ID_PREFIX)) return printable(id);
  const name = printable(id.slice(ID_PREFIX.length));
  return name.charAt(0).toUpperCase() + name.slice(1);
}
