import {
  blockEntry,
  DRIVERS_SEEN,
  driversSeen,
  EVENT_SOURCES,
  EVENT_TYPES,
  EVENTS,
  type EventType,
  EXCHANGES,
  eventEnvelope,
  exampleOf,
  livePosition,
  POSITIONS_RECORDED,
  positionsRecorded,
  redeliveryExchange,
  type ServiceName,
  STATE_CHANGED,
  STATE_SNAPSHOT,
  STATE_STREAMS,
  STREAM_PROBE,
  stateChanged,
  stateMark,
  stateSnapshot,
  WATCH_STREAM,
  watchNotice,
} from '@logi/contracts';
import { z } from 'zod';
import { COMMAND, command } from '../../../services/gateway/src/operators/sessions.ts';
import { BLOCK, COMMANDS, MARK_ID, POSITION, SEEN, WATCHED } from './broker-examples.ts';
import { type Message, message } from './parts.ts';

/** Something that is published: where to, by which key, who does it, and what it is. */
export type Published = { exchange: string; key: string; from: readonly ServiceName[]; message: Message };
const GATEWAYS_OWN = redeliveryExchange('gateway');

/** Events, and what else services publish. */
export function allPublished(): Published[] {
  return [...events(), ...otherMessages()];
}

function events(): Published[] {
  return EVENT_TYPES.map((type) => ({
    exchange: EVENTS[type].exchange,
    key: type,
    from: EVENT_SOURCES[EVENTS[type].exchange],
    message: message({
      name: type,
      summary: EVENTS[type].description,
      schema: eventEnvelope.extend({ type: z.literal(type), data: EVENTS[type].data as z.ZodType }),
      examples: [{ frame: exampleOf<EventType>(type) }],
    }),
  }));
}

function otherMessages(): Published[] {
  const positions = [POSITION];
  const state = (exchange: string, from: ServiceName, entry: z.ZodType, example: object): Published[] => [
    {
      exchange,
      key: STATE_CHANGED,
      from: [from],
      message: message({
        name: STATE_CHANGED,
        summary: 'Entries that are new',
        schema: stateChanged.extend({ entries: z.array(entry) }),
        examples: [{ frame: { entries: [example] } }],
      }),
    },
    {
      exchange,
      key: STATE_SNAPSHOT,
      from: [from],
      message: message({
        name: STATE_SNAPSHOT,
        summary: 'A part of all there is; what a whole one does not name is no more',
        schema: stateSnapshot.extend({ entries: z.array(entry) }),
        examples: [{ frame: { snapshot_id: MARK_ID, part: 0, parts: 1, entries: [example] } }],
      }),
    },
  ];
  const mark = (service: ServiceName, key: string): Published => ({
    exchange: redeliveryExchange(service),
    key,
    from: [service],
    message: message({
      name: 'mark',
      summary: 'A reader’s own: when it comes back, all that was in the stream before has been read',
      schema: stateMark,
      examples: [{ frame: { mark_id: MARK_ID } }],
    }),
  });
  return [
    {
      exchange: EXCHANGES.trackingPositions,
      key: POSITIONS_RECORDED,
      from: ['tracking'],
      message: message({
        name: POSITIONS_RECORDED,
        summary: 'Live positions of drivers on a job; of those of one booking only the newest counts',
        schema: positionsRecorded,
        examples: [{ frame: { positions } }],
      }),
    },
    {
      exchange: EXCHANGES.trackingFleet,
      key: DRIVERS_SEEN,
      from: ['tracking'],
      message: message({
        name: DRIVERS_SEEN,
        summary: 'Drivers in areas that admins watch; the routing key is the id of the gateway at which they do',
        schema: driversSeen,
        examples: [{ frame: { positions: [SEEN] } }],
      }),
    },
    {
      exchange: GATEWAYS_OWN,
      key: WATCH_STREAM,
      from: ['gateway'],
      message: message({
        name: WATCH_STREAM,
        summary: 'Which areas are watched at a gateway; said again and again while there are any',
        schema: watchNotice,
        examples: [{ frame: WATCHED }],
      }),
    },
    ...state(EXCHANGES.trackingState, 'tracking', livePosition, POSITION),
    ...state(EXCHANGES.bookingState, 'booking', blockEntry, BLOCK),
    ...Object.values(STATE_STREAMS).map((stream) => mark('gateway', stream)),
    mark('operations', STATE_STREAMS.blocks),
    {
      exchange: EXCHANGES.gatewayCommands,
      key: COMMAND,
      from: ['gateway'],
      message: message({
        name: COMMAND,
        summary: 'What one gateway tells all of them: whose sessions to list or to end, and what it has found itself',
        schema: command,
        examples: COMMANDS.map((frame) => ({ frame })),
      }),
    },
    {
      exchange: GATEWAYS_OWN,
      key: STREAM_PROBE,
      from: ['gateway'],
      message: message({
        name: STREAM_PROBE,
        summary: 'A gateway’s own: that it comes back shows that the stream delivers, and how late',
        schema: z.object({
          instance_id: z.string().describe('Whose it is'),
          sent_at: z.int().describe('Milliseconds since 1970, by its clock'),
        }),
        examples: [{ frame: { instance_id: MARK_ID, sent_at: 1_767_225_600_000 } }],
      }),
    },
  ];
}
