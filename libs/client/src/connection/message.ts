import type { ClientPayloads, Payloads } from './payloads.ts';

export type MessageType = keyof Payloads;

/** `id` grows within a connection; messages without one do not move the place. `at` is when it happened. */
export type MessageOf<Type extends MessageType> = {
  [Each in Type]: { type: Each; payload: Payloads[Each]; user_id: string; id?: string; at: string };
}[Type];

/** What the gateway tells about the business, and what it tells about the connection. */
export type Message = MessageOf<MessageType>;

export type ClientFrame = {
  [Type in keyof ClientPayloads]: { type: Type; payload: ClientPayloads[Type] };
}[keyof ClientPayloads];
