import { EXCHANGES, type ServiceName } from '@logi/contracts';
import { type Channel, channelMessages, type Message, type Operation, operation, type Part, server } from './parts.ts';
import { allPublished, type Published } from './published.ts';
import { type Queue, queues } from './queues.ts';

const FANOUT: readonly string[] = [EXCHANGES.gatewayCommands, EXCHANGES.unrouted];

/** The exchanges and routing keys that services publish to, and the queues and streams that they read. */
export function describeBroker(): Part {
  const published = allPublished();
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
