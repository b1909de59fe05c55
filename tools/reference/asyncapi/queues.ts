import {
  DRIVERS_SEEN,
  deadQueue,
  EVENT_TYPES,
  EVENTS,
  EXCHANGES,
  POSITIONS_RECORDED,
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
  WATCH_STREAM,
} from '@logi/contracts';
import { COMMAND } from '../../../services/gateway/src/operators/sessions.ts';

/** `keys` are what is bound to it, as `exchange key`. */
export type Queue = {
  name: string;
  by: ServiceName;
  keys: readonly string[];
  about: string;
  isStream?: boolean;
  isOwn?: boolean;
};

const SHARDED: readonly string[] = SHARDED_QUEUES;
const GATEWAYS_OWN = redeliveryExchange('gateway');

/** Queues and streams that services read. */
export function queues(): Queue[] {
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
