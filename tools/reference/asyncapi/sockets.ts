import {
  CLIENT_EXAMPLES,
  CLIENT_FRAME_TYPES,
  CLOSE_CODES,
  type CloseReason,
  CONTROL_EXAMPLES,
  CONTROL_TYPES,
  clientPayloads,
  controlPayloads,
  DEFAULT_EXAMPLES,
  DEFAULT_TYPES,
  GATEWAY_CLOSES,
  locationUpdate,
  MAX_ID_CHARACTERS,
  MESSAGE_TYPES,
  messagePayloads,
  PROTOCOL_DEFAULT,
  PROTOCOL_V2,
  pointsAck,
  ROLES,
  STREAM_CLOSES,
  STREAM_EXAMPLES,
  V2_EXAMPLES,
  V2_ROLE_TYPES,
  V2_TYPES,
  v2Payloads,
} from '@logi/contracts';
import { z } from 'zod';
import { jsonSchema } from '../json-schema.ts';
import { type Channel, channelMessages, message, operation, type Part, server } from './parts.ts';

const TOKEN = z.string().describe('A JWT; also as `Authorization: Bearer`, or as the subprotocol `bearer.<token>`');
const TYPES = z
  .string()
  .describe(
    'Types, separated by commas, also given more than once: narrows the connection to them, and never widens it',
  );
const LAST_ID = z
  .string()
  .max(MAX_ID_CHARACTERS)
  .describe('The place: the id of the last message that was read, on whatever instance. What came after it is sent');

const id = z.string().max(MAX_ID_CHARACTERS).describe('Opaque; grows within a connection, compared as text');
const V2_ENVELOPE = {
  id: id.optional(),
  at: z.iso.datetime().describe('When it happened; for positions, when the device measured'),
};
const addressee = z.string().describe('The addressee’s id; empty in messages to admins and about the connection');

/** People's sockets on the gateway, in both modes, and drivers' streams on tracking. */
export function describeSockets(): Part {
  const messages = { ...defaultMessages(), ...v2Messages(), ...clientMessages(), ...streamMessages() };
  const keys = (prefix: string) => Object.keys(messages).filter((key) => key.startsWith(prefix));
  return {
    messages,
    channels: {
      default: socket({
        address: '/ws',
        title: 'The default mode',
        about: `Without a subprotocol, or with \`${PROTOCOL_DEFAULT}\`. The specification: five messages, and nothing for the client to say.`,
        query: z.object({ token: TOKEN.optional(), types: TYPES.optional() }),
        protocols: [PROTOCOL_DEFAULT],
        closes: GATEWAY_CLOSES,
        messages: keys('default_'),
      }),
      v2: socket({
        address: '/ws',
        title: `The subprotocol ${PROTOCOL_V2}`,
        about: `For clients that offer the subprotocol \`${PROTOCOL_V2}\`. Each event once, also through broken lines: docs/protocol.md.`,
        query: z.object({ token: TOKEN.optional(), types: TYPES.optional(), last_id: LAST_ID.optional() }),
        protocols: [PROTOCOL_V2],
        closes: GATEWAY_CLOSES,
        messages: [...keys('v2_'), ...keys('client_')],
      }),
      stream: socket({
        address: '/v1/stream',
        title: 'The stream of a driver’s app',
        about: 'For drivers. Points go in, and each frame is acknowledged once its points are committed.',
        query: z.object({ token: TOKEN.optional() }),
        protocols: [],
        closes: STREAM_CLOSES,
        messages: keys('stream_'),
        where: 'tracking',
      }),
    },
    operations: {
      ...Object.fromEntries(ROLES.flatMap((role) => [tellDefault(role), tellV2(role)])),
      tell_connection: operation('send', 'v2', {
        summary: 'What is said of the connection itself, to everybody',
        messages: CONTROL_TYPES.map((type) => `v2_${type}`),
      }),
      hear_v2: operation('receive', 'v2', { messages: keys('client_') }),
      take_points: operation('receive', 'stream', { messages: ['stream_location_update'] }),
      acknowledge_points: operation('send', 'stream', { messages: ['stream_ack'] }),
    },
  };
}

function tellDefault(role: (typeof ROLES)[number]) {
  const messages = DEFAULT_TYPES[role].map((type) => `default_${type}`);
  return [`tell_${role}`, operation('send', 'default', { summary: `What a ${role} is told`, messages })] as const;
}

function tellV2(role: (typeof ROLES)[number]) {
  const messages = V2_ROLE_TYPES[role].map((type) => `v2_${type}`);
  return [`tell_${role}_v2`, operation('send', 'v2', { summary: `What a ${role} is told`, messages })] as const;
}

type Socket = {
  address: string;
  title: string;
  about: string;
  query: z.ZodType;
  protocols: readonly string[];
  closes: readonly CloseReason[];
  messages: readonly string[];
  where?: 'gateway' | 'tracking';
};

function socket({ address, title, about, query, protocols, closes, messages, where = 'gateway' }: Socket) {
  const codes = closes.map((why) => CLOSE_CODES[why]);
  const lines = codes.map(({ code, reason, client }) => `- ${code} (${reason}): ${client}`);
  const channel: Channel & Record<`x-${string}`, unknown> = {
    address,
    title,
    description: `${about}\n\nClose codes:\n\n${lines.join('\n')}`,
    servers: server(where),
    messages: channelMessages(messages),
    bindings: { ws: { method: 'GET', query: jsonSchema(query), bindingVersion: '0.1.0' } },
    'x-subprotocols': protocols,
    'x-close-codes': codes,
  };
  return channel;
}

function defaultMessages() {
  return Object.fromEntries(
    MESSAGE_TYPES.map((type) => {
      const schema = z.strictObject({ user_id: addressee, type: z.literal(type), payload: messagePayloads[type] });
      return [`default_${type}`, message({ name: type, schema, examples: DEFAULT_EXAMPLES[type] })];
    }),
  );
}

function v2Messages() {
  const payloads = { ...v2Payloads, ...controlPayloads };
  const examples = { ...V2_EXAMPLES, ...CONTROL_EXAMPLES };
  return Object.fromEntries(
    [...V2_TYPES, ...CONTROL_TYPES].map((type) => {
      const payload = payloads[type];
      const schema = z.object({ user_id: addressee, type: z.literal(type), payload, ...V2_ENVELOPE });
      return [`v2_${type}`, message({ name: type, summary: payload.description, schema, examples: examples[type] })];
    }),
  );
}

function clientMessages() {
  return Object.fromEntries(
    CLIENT_FRAME_TYPES.map((type) => {
      const payload = clientPayloads[type];
      const schema = z.object({ type: z.literal(type), payload });
      return [
        `client_${type}`,
        message({ name: type, summary: payload.description, schema, examples: CLIENT_EXAMPLES[type] }),
      ];
    }),
  );
}

function streamMessages() {
  const { location_update, ack } = STREAM_EXAMPLES;
  return {
    stream_location_update: message({
      name: 'location_update',
      summary: 'Where the driver is, or was: one point, or a list of them',
      schema: locationUpdate,
      examples: location_update,
    }),
    stream_ack: message({
      name: 'ack',
      summary: 'The points of one frame are committed; frames are answered in their order',
      schema: pointsAck,
      examples: ack,
    }),
  };
}
