export type { State } from './connection/line-options.ts';
export { LogiClient, type LogiClientOptions } from './connection/logi-client.ts';
export { LogiError } from './connection/logi-error.ts';
export type { Message, MessageOf, MessageType } from './connection/message.ts';
export type { ActorRole, BookingStatus, DriverStatus, GeoPoint } from './connection/payloads.ts';
export type { WebSocketClass } from './connection/socket.ts';
