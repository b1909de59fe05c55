export { LogiClient, type LogiClientOptions, type Message, type State } from './client.ts';
