import type { ControlMessage } from '@logi/contracts';
import type { Clients } from './clients.ts';

export type DeliveryNotice = Extract<ControlMessage, { type: 'degraded' | 'restored' }>;

/** What whoever reads the stream has to say to all clients at once. Who comes later is told what still holds. */
export class Announcements {
  readonly #clients: Clients;
  #degraded: DeliveryNotice | undefined;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Told while nothing can be delivered. */
  get degraded(): DeliveryNotice | undefined {
    return this.#degraded;
  }

  tell(notice: DeliveryNotice): void {
    this.#degraded = notice.type === 'degraded' ? notice : undefined;
    this.#clients.tellAll(notice);
  }

  /** The stream does not go on where it was read last: something is missing, nobody knows what. */
  tellOfGap(): void {
    this.#clients.tellAll({ type: 'resumed', payload: { recovered: false, replayed: 0 } });
  }
}
