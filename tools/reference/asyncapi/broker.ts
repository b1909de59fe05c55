import {
  blockEntry,
  DRIVERS_SEEN,
  deadQueue,
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
  QUEUES,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  type ServiceName,
  SHARD_HEADER,
  SHARD_KEY_HEADER,
  SHARDED_QUEUES,
  STATE_CHANGED,
  STATE_SNAPSHOT,
  STATE_STREAMS,
  STREAM_PROBE,
  SUBSCRIPTIONS,
  shardExchange,
  shardlessExchange,
  shardQueue,
  stateChanged,
  stateMark,
  stateSnapshot,
  WATCH_STREAM,
  watchNotice,
} from '@logi/contracts';
import { z } from 'zod';
import { COMMAND, command } from '../../../services/gateway/src/operators/sessions.ts';
import { BLOCK, COMMANDS, MARK_ID, POSITION, SEEN, WATCHED } from './broker-examples.ts';
import {
  type Channel,
  channelMessages,
  type Message,
  message,
  type Operation,
  operation,
  type Part,
  server,
} from './parts.ts';

/** Something that is published: where to, by which key, who does it, and what it is. */
type Published = { exchange: string; key: string; from: readonly ServiceName[]; message: Message };
type Queue = {
  name: string;
  by: ServiceName;
  keys: readonly string[];
  about: string;
  isStream?: boolean;
  isOwn?: boolean;
};

const SHARDED: readonly string[] = SHARDED_QUEUES;
const FANOUT: readonly string[] = [EXCHANGES.gatewayCommands, EXCHANGES.unrouted];
const GATEWAYS_OWN = redeliveryExchange('gateway');

/** The exchanges and routing keys that services publish to, and the queues and streams that they read. */
export function describeBroker(): Part {
  const published = [...events(), ...otherMessages()];
  const messages = Object.fromEntries(published.map((each) => [keyOf(each), each.message]));
  return {
    messages,
    channels: Object.fromEntries([
      ...published.map((each) => [channelOf(each), exchangeChannel(each)] as const),
      ...queues().map((queue) => [`queue_${plain(queue.name)}`, queueChannel(queue)] as const),
    ]),
    operations: Object.fromEntries([
      ...published.flatMap((each) => each.from.map((service) => publishing(service, each))),
      ...queues().map((queue) => [`${queue.by}_reads_${plain(queue.name)}`, reading(queue)] as const),
    ]),
  };
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

function queues(): Queue[] {
  const work = Object.entries(SUBSCRIPTIONS).map(([name, { service, events }]) => ({
    name,
    by: service,
    keys: events.map((type) => `${EVENTS[type].exchange} ${type}`),
    about: `Work: each event goes to one instance, in order.${SHARDED.includes(name) ? ` The exchange ${shardExchange(name)} spreads events over the queues ${shardQueue(name, 0)}, …, by the header ${SHARD_HEADER}, which the publisher makes of ${SHARD_KEY_HEADER}; what names none comes by ${shardlessExchange(name)} into the first.` : ''} What fails now is tried again by ${RETRY_DELAYS.map(({ name: delay }) => retryQueue(name, delay)).join(', ')}; what can never be handled is kept in ${deadQueue(name)} with its reason.`,
  }));
  const { tripPositions, blocks } = STATE_STREAMS;
  return [
    ...work,
    {
      name: QUEUES.gatewayNotifications,
      by: 'gateway',
      isStream: true,
      keys: [...EVENT_TYPES.map((type) => `${EVENTS[type].exchange} ${type}`), `${GATEWAYS_OWN} ${STREAM_PROBE}`],
      about: 'A log of every event, which each gateway reads from end to end.',
    },
    {
      name: tripPositions,
      by: 'gateway',
      isStream: true,
      keys: [
        `${EXCHANGES.trackingPositions} ${POSITIONS_RECORDED}`,
        ...stateKeys(EXCHANGES.trackingState),
        `${GATEWAYS_OWN} ${tripPositions}`,
      ],
      about:
        'Live positions, and the last ones of all trips under way, from which a gateway that starts reads them back.',
    },
    {
      name: blocks,
      by: 'gateway',
      isStream: true,
      keys: [
        ...stateKeys(EXCHANGES.bookingState),
        `${GATEWAYS_OWN} ${blocks}`,
        `${redeliveryExchange('operations')} ${blocks}`,
      ],
      about: 'Whom an operator has put out, read back by each gateway that starts.',
    },
    {
      name: WATCH_STREAM,
      by: 'tracking',
      isStream: true,
      keys: [`${GATEWAYS_OWN} ${WATCH_STREAM}`],
      about: 'Areas that admins watch. Each tracking reads it from its end, and tells of drivers while a notice holds.',
    },
    {
      name: EXCHANGES.trackingFleet,
      by: 'gateway',
      isOwn: true,
      keys: [`${EXCHANGES.trackingFleet} ${DRIVERS_SEEN}`],
      about: 'Each gateway has an exclusive queue of its own, named by the broker, bound by its id.',
    },
    {
      name: EXCHANGES.gatewayCommands,
      by: 'gateway',
      isOwn: true,
      keys: [`${EXCHANGES.gatewayCommands} ${COMMAND}`],
      about: 'Each gateway has an exclusive queue of its own, named by the broker, for what all of them are told.',
    },
  ];
}

function stateKeys(exchange: string): string[] {
  return [STATE_CHANGED, STATE_SNAPSHOT].map((key) => `${exchange} ${key}`);
}

function exchangeChannel({ exchange, key, message: { summary } }: Published & { message: Message }): Channel {
  const type = FANOUT.includes(exchange)
    ? 'fanout'
    : exchange.endsWith('.redelivery') || exchange === EXCHANGES.trackingFleet
      ? 'direct'
      : 'topic';
  return {
    address: key,
    title: `${key} by ${exchange}`,
    ...(summary && { description: summary }),
    servers: server('broker'),
    messages: channelMessages([`${plain(exchange)}.${key}`]),
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: exchange, type, durable: true, autoDelete: false, vhost: '/' },
        bindingVersion: '0.3.0',
      },
    },
  };
}

function queueChannel({
  name,
  about,
  keys,
  isStream = false,
  isOwn = false,
}: Queue): Channel & Record<`x-${string}`, unknown> {
  return {
    address: name,
    title: `The ${isStream ? 'stream' : 'queue'} ${name}`,
    description: about,
    servers: server('broker'),
    messages: channelMessages(keys.map(toKey)),
    bindings: {
      amqp: {
        is: 'queue',
        queue: { name: isOwn ? '' : name, durable: !isOwn, exclusive: isOwn, autoDelete: isOwn, vhost: '/' },
        bindingVersion: '0.3.0',
      },
    },
    'x-queue-type': isStream ? 'stream' : isOwn ? 'classic' : 'quorum',
    'x-bindings': keys.map((key) => {
      const [exchange = '', routingKey = ''] = key.split(' ');
      return { exchange, routing_key: routingKey };
    }),
  };
}

function publishing(service: ServiceName, each: Published): [string, Operation] {
  const { exchange, key } = each;
  const { summary } = each.message;
  return [
    `${service}_publishes_${plain(exchange)}_${plain(key)}`,
    operation('send', channelOf(each), { messages: [keyOf(each)], ...(summary && { summary }) }),
  ];
}

function reading({ name, by, keys }: Queue): Operation {
  return operation('receive', `queue_${plain(name)}`, { messages: keys.map(toKey), summary: `Read by ${by}` });
}

function channelOf({ exchange, key }: Published): string {
  return `${plain(exchange)}_${plain(key)}`;
}

function keyOf({ exchange, key }: Published): string {
  return `${plain(exchange)}.${key}`;
}

function toKey(binding: string): string {
  const [exchange = '', key = ''] = binding.split(' ');
  return `${plain(exchange)}.${key}`;
}

/** Channel and operation names: no dots, so that references and generated code can have them. */
function plain(name: string): string {
  return name.replaceAll(/[.-]/g, '_');
}
