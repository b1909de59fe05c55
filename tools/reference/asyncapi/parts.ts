import type { FrameExample } from '@logi/contracts';
import type { z } from 'zod';
import { type JsonSchema, jsonSchema } from '../json-schema.ts';

export type Message = {
  name: string;
  summary?: string;
  contentType: string;
  payload: JsonSchema;
  examples: { name: string; summary?: string; payload: object }[];
};
export type Channel = {
  address: string;
  title: string;
  description?: string;
  servers: { $ref: string }[];
  messages: Record<string, { $ref: string }>;
  bindings?: object;
};
export type Operation = {
  action: 'send' | 'receive';
  summary?: string;
  channel: { $ref: string };
  messages: { $ref: string }[];
};

/** A part of the document. Whatever is in `messages` is a component, which channels point to. */
export type Part = {
  channels: Record<string, Channel>;
  operations: Record<string, Operation>;
  messages: Record<string, Message>;
};

type MessageOptions = {
  name: string;
  summary?: string | undefined;
  schema: z.ZodType;
  examples: readonly FrameExample<object>[];
};

export function message({ name, summary, schema, examples }: MessageOptions): Message {
  return {
    name,
    ...(summary && { summary }),
    contentType: 'application/json',
    payload: jsonSchema(schema),
    examples: examples.map(({ about, frame }) => ({ name, ...(about && { summary: about }), payload: frame })),
  };
}

export function channelMessages(keys: readonly string[]): Channel['messages'] {
  return Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }]));
}

export function operation(
  action: Operation['action'],
  channel: string,
  { messages, summary }: { messages: readonly string[]; summary?: string },
): Operation {
  const path = `#/channels/${channel}`;
  return {
    action,
    ...(summary && { summary }),
    channel: { $ref: path },
    messages: messages.map((key) => ({ $ref: `${path}/messages/${key}` })),
  };
}

export function server(name: string): { $ref: string }[] {
  return [{ $ref: `#/servers/${name}` }];
}
