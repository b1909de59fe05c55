export { LogiClient, type LogiClientOptions, type State } from './connection/logi-client.ts';
export type { Message, MessageOf, MessageType } from './connection/message.ts';
export type { ActorRole, BookingStatus, DriverStatus, GeoPoint } from './connection/payloads.ts';
