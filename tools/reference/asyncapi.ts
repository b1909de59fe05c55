import {
  CLIENT_FRAME_TYPES,
  CONTROL_TYPES,
  clientPayloads,
  controlPayloads,
  MAX_ID_CHARACTERS,
  MESSAGE_TYPES,
  messagePayloads,
  PROTOCOL_V2,
  V2_TYPES,
  v2Payloads,
} from '@logi/contracts';
import { z } from 'zod';

type Fields = Record<string, z.ZodType>;

const DEFAULT_MODE: Fields = {};
const V2_MODE: Fields = { id: z.string().max(MAX_ID_CHARACTERS).optional(), at: z.iso.datetime() };

/** The WebSocket protocol as AsyncAPI 3, as JSON text. All of it comes from the schemas that the gateway uses. */
export function renderAsyncApi(): string {
  const told = (name: string) => ({ $ref: `#/components/messages/${name}` });
  const specified = MESSAGE_TYPES.map(
    (type) => [type, serverMessage(type, messagePayloads[type], DEFAULT_MODE)] as const,
  );
  const v2 = [
    ...V2_TYPES.map((type) => [`v2_${type}`, serverMessage(type, v2Payloads[type], V2_MODE)] as const),
    ...CONTROL_TYPES.map((type) => [`v2_${type}`, serverMessage(type, controlPayloads[type], V2_MODE)] as const),
  ];
  const client = CLIENT_FRAME_TYPES.map((type) => [`client_${type}`, clientMessage(type)] as const);
  const channels = { default: specified, [PROTOCOL_V2]: [...v2, ...client] };
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Logi gateway',
      version: '2',
      description: 'What the messages mean, and what a client should do, is in protocol.md.',
    },
    servers: {
      local: { host: 'localhost:8080', protocol: 'ws', security: [{ $ref: '#/components/securitySchemes/jwt' }] },
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, messages]) => [
        name,
        {
          address: '/ws',
          title: name === 'default' ? 'The default mode' : `The subprotocol ${name}`,
          messages: Object.fromEntries(messages.map(([key]) => [key, told(key)])),
        },
      ]),
    ),
    operations: {
      tell: operation('send', 'default', specified),
      tell_v2: operation('send', PROTOCOL_V2, v2),
      hear_v2: operation('receive', PROTOCOL_V2, client),
    },
    components: {
      messages: Object.fromEntries([...specified, ...v2, ...client]),
      securitySchemes: { jwt: { type: 'httpApiKey', name: 'token', in: 'query' } },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function operation(action: 'send' | 'receive', channel: string, messages: readonly (readonly [string, object])[]) {
  const path = `#/channels/${channel}`;
  return { action, channel: { $ref: path }, messages: messages.map(([key]) => ({ $ref: `${path}/messages/${key}` })) };
}

function serverMessage(type: string, payload: z.ZodType, more: Fields) {
  return message(type, payload, z.object({ user_id: z.string(), type: z.literal(type), payload, ...more }));
}

function clientMessage(type: keyof typeof clientPayloads) {
  const payload = clientPayloads[type];
  return message(type, payload, z.object({ type: z.literal(type), payload }));
}

function message(name: string, payload: z.ZodType, envelope: z.ZodType) {
  const { $schema, ...schema } = z.toJSONSchema(envelope, { io: 'input' });
  return { name, ...(payload.description && { summary: payload.description }), payload: schema };
}
