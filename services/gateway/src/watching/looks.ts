import { type Publisher, publishAct } from '@logi/messaging';
import type { Logger } from 'pino';
import type { Client } from '../sockets/client.ts';

const HOUR_MS = 3_600_000;

/** Puts on record which admins look at the map: before they are told anything, and once for each admin and hour. */
export class Looks {
  readonly #publisher: Publisher;
  readonly #log: Logger;
  #hour = 0;
  #recorded = new Set<string>();

  constructor({ publisher, log }: { publisher: Publisher; log: Logger }) {
    this.#publisher = publisher;
    this.#log = log;
  }

  /** False when it cannot be put on record. */
  async record({ principal, address }: Client): Promise<boolean> {
    const hour = Math.floor(Date.now() / HOUR_MS);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#recorded = new Set();
    }
    if (this.#recorded.has(principal.id)) return true;
    try {
      await publishAct(this.#publisher, {
        actor: { role: 'admin', id: principal.id },
        act: 'map.read',
        subject: { kind: 'map', id: 'drivers' },
        address,
        details: {},
      });
    } catch (err) {
      this.#log.warn({ err }, 'an area is not watched, since that cannot be put on record');
      return false;
    }
    this.#recorded.add(principal.id);
    return true;
  }
}
