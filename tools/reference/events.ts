import {
  EVENT_TYPES,
  EVENTS,
  type EventType,
  eventEnvelope,
  exampleOf,
  livePosition,
  POSITIONS_RECORDED,
} from '@logi/contracts';
import type { z } from 'zod';
import { fieldsOf } from './fields.ts';

/** What is in each event, with units; types whose `data` has one schema stand together. */
export function renderPayloads(): string {
  const alike = Map.groupBy(EVENT_TYPES, (type) => EVENTS[type].data as z.ZodType);
  return [
    '## What is in an event',
    'Times are RFC 3339; an event may have more fields than stand here. Around every `data`:',
    table(eventEnvelope),
    ...[...alike].map(
      ([data, types]) => `### ${types.map((type) => `\`${type}\``).join(', ')}\n\n${one(data, types[0])}`,
    ),
    `### \`${POSITIONS_RECORDED}\``,
    'Not an event: live positions, many, of which only the newest counts. `positions` is a list of:',
    table(livePosition),
  ].join('\n\n');
}

function one(data: z.ZodType, type: EventType | undefined): string {
  const example = type === undefined ? '' : `\n\n\`\`\`json\n${JSON.stringify(exampleOf(type), null, 2)}\n\`\`\``;
  return `${table(data)}${example}`;
}

function table(schema: z.ZodType): string {
  const rows = fieldsOf(schema).map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
