import {
  AUDIT_ACTS,
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
import { SECRET_SETTINGS } from '@logi/service';
import { renderBookingChart } from './booking-chart.ts';
import { renderPayloads } from './events.ts';
import { SETTINGS, type Setting } from './settings.ts';

/** The reference, as Markdown. All of it comes from the code that it describes. */
export function renderReference(): string {
  const sections = [
    '# Reference\n\nWritten by `npm run docs` from `libs/contracts` and the services’ settings; do not edit it by hand. Words of ours are in the [glossary](glossary.md).',
    section('Booking statuses', `What follows what, by whom and by which call.\n\n${renderBookingChart()}`, [
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
      'HTTP errors are `{"error": {"code", "message", "details"?, "request_id"}}`. A code never changes its meaning. The id is also in the header `x-request-id`, which every answer has, and in every log line about the request; a caller may choose it by the same header (1 to 64 of letters, digits and `_.:=+/-`).',
      [
        ['status', 'code', 'meaning'],
        ...Object.entries(ERROR_CODES).map(([name, { status, meaning }]) => [String(status), code(name), meaning]),
      ],
    ),
    section('Events', 'The routing key is the type. Every event is also in the stream `gateway.notifications`.', [
      ['type', 'exchange', 'taken by', 'meaning'],
      ...EVENT_TYPES.map((type) => [code(type), code(EVENTS[type].exchange), takers(type), EVENTS[type].description]),
    ]),
    renderPayloads(),
    section('Audit', 'What the operator’s people do that is put on record, for `GET /v1/audit`.', [
      ['act', 'meaning'],
      ...Object.entries(AUDIT_ACTS).map(([act, meaning]) => [code(act), meaning]),
    ]),
    ...Object.entries(SETTINGS).map(([reader, settings]) => settingsSection(`Settings of ${reader}`, settings)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function section(title: string, intro: string, [head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return `## ${title}\n\n${intro}\n\n${table}`;
}

function settingsSection(title: string, settings: Setting[]): string {
  const rows = settings.map(({ name, fallback, bounds, about }) => [code(name), fallback, bounds, about]);
  const named = SECRET_SETTINGS.filter((secret) => settings.some(({ name }) => name === secret)).map(code);
  const files = named.length > 0 ? ` ${named.join(', ')} may stand in a file, named by the same with \`_FILE\`.` : '';
  return section(title, `Environment variables.${files}`, [['name', 'default', 'range', 'meaning'], ...rows]);
}

function takers(type: string): string {
  const queues = Object.entries(SUBSCRIPTIONS).filter(([, { events }]) => events.some((event) => event === type));
  return queues.map(([queue]) => code(queue)).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
