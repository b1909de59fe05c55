import { randomUUID } from 'node:crypto';
import { type ControlMessage, PROTOCOL_V2, type Principal } from '@logi/contracts';
import { controlFrame } from '../journal/message-frame.ts';
import type { Outgoing } from './outgoing.ts';

/** One connection, as the gateway knows it. */
export class Client {
  readonly principal: Principal;
  readonly address: string;
  readonly outgoing: Outgoing;
  readonly connectedAt = Date.now();
  #sessionId: string | undefined;
  #ackedId: string | undefined;

  constructor({ principal, address, outgoing }: Pick<Client, 'principal' | 'address' | 'outgoing'>) {
    this.principal = principal;
    this.address = address;
    this.outgoing = outgoing;
  }

  /** Most clients in the default mode never hear of theirs, and it weighs as much as all the rest of this. */
  get sessionId(): string {
    this.#sessionId ??= randomUUID();
    return this.#sessionId;
  }

  /** Whether it is the session that somebody has been told of by this id. */
  isSession(id: string): boolean {
    return this.#sessionId === id;
  }

  /** The id that the client has acknowledged last, in `logi.v2`. */
  get ackedId(): string | undefined {
    return this.#ackedId;
  }

  acknowledge(id: string): void {
    this.#ackedId = id;
  }

  /** Says something about the connection, to those who understand it: in the default mode nothing is said. */
  tell(message: ControlMessage, where: { id?: string } = {}): void {
    if (this.outgoing.mode === PROTOCOL_V2) this.outgoing.sendControl(controlFrame(message, where));
  }
}
