import { authVariables } from '@logi/auth';
import {
  BOOKING_STATUSES,
  CLOSE_CODES,
  ERROR_CODES,
  EVENT_TYPES,
  EVENTS,
  MESSAGE_TYPES,
  messagePayloads,
  SUBSCRIPTIONS,
  TRANSITIONS,
} from '@logi/contracts';
import { z } from 'zod';
import { settings as bookingSettings } from '../../services/booking/src/config.ts';
import { settings as gatewaySettings } from '../../services/gateway/src/config.ts';
import { settings as trackingSettings } from '../../services/tracking/src/config.ts';

/** The reference, as Markdown. All of it comes from the code that it describes. */
export function renderReference(): string {
  const sections = [
    '# Reference\n\nWritten by `npm run docs` from `libs/contracts` and the services’ settings; do not edit it by hand.',
    section('Booking statuses', 'What follows what, by whom and by which call.', [
      ['from', 'to', 'by', 'who'],
      ...BOOKING_STATUSES.flatMap((from) =>
        TRANSITIONS.filter((row) => row.from === from).map((row) => [from, row.to, row.action, row.actors.join(', ')]),
      ),
    ]),
    section('WebSocket messages', 'The payload keys of each message, exactly.', [
      ['type', 'payload'],
      ...MESSAGE_TYPES.map((type) => [code(type), Object.keys(messagePayloads[type].shape).map(code).join(', ')]),
    ]),
    section('Close codes', 'Why a server closes a WebSocket, and what the client should do.', [
      ['code', 'reason', 'client'],
      ...Object.values(CLOSE_CODES).map(({ code, reason, client }) => [String(code), reason, client]),
    ]),
    section(
      'Errors',
      'HTTP errors are `{"error": {"code", "message", "details"?}}`. A code never changes its meaning.',
      [
        ['status', 'code', 'meaning'],
        ...Object.entries(ERROR_CODES).map(([name, { status, meaning }]) => [String(status), code(name), meaning]),
      ],
    ),
    section('Events', 'The routing key is the type. Every event is also in the stream `gateway.notifications`.', [
      ['type', 'exchange', 'taken by', 'meaning'],
      ...EVENT_TYPES.map((type) => [code(type), code(EVENTS[type].exchange), takers(type), EVENTS[type].description]),
    ]),
    settingsSection('Settings of all services', authVariables.shape),
    settingsSection('Settings of booking', bookingSettings.shape),
    settingsSection('Settings of tracking', trackingSettings.shape),
    settingsSection('Settings of the gateway', gatewaySettings.shape),
  ];
  return `${sections.join('\n\n')}\n`;
}

function section(title: string, intro: string, [head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return `## ${title}\n\n${intro}\n\n${table}`;
}

function settingsSection(title: string, shape: Record<string, z.ZodType>): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const { default: fallback, minimum, maximum } = settingJson.parse(z.toJSONSchema(schema, { io: 'input' }));
    const bounds = minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`;
    return [code(name), fallback === undefined ? '' : String(fallback), bounds, schema.description ?? ''];
  });
  return section(title, 'Environment variables.', [['name', 'default', 'range', 'meaning'], ...rows]);
}

const settingJson = z.looseObject({
  default: z.union([z.string(), z.number()]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

function takers(type: string): string {
  const queues = Object.entries(SUBSCRIPTIONS).filter(([, { events }]) => events.some((event) => event === type));
  return queues.map(([queue]) => code(queue)).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
