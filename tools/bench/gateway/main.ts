import { randomBytes } from 'node:crypto';
import { EXCHANGES } from '@logi/contracts';
import { declareTopology, declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import { connect } from 'amqplib';
import type { Servers } from '../../stack/servers/servers.ts';
import { percentile } from '../../testing/percentile.ts';
import { printTable, type Row, say } from '../suite.ts';
import { type Contender, OURS, PLAIN, SOCKET_IO } from './contenders.ts';
import {
  describe,
  emptyFigures,
  type Figures,
  IDLE,
  measureDelivery,
  measureIdle,
  measureStorm,
  openBench,
  STEADY,
  STORM,
} from './measure.ts';
import { BENCH_QUEUE } from './peer-settings.ts';
import { measureWebStomp, type WebStompFigures } from './web-stomp.ts';

const ROUNDS = 3;
const MAX_TAIL = 1.1;
/** As many clients as are told of things elsewhere in this run; ten thousand would take the broker two gigabytes. */
const WEB_STOMP = { users: 500, messages: 10_000 };
const CONTENDERS = [OURS, PLAIN, SOCKET_IO];

/**
 * Our gateway, the loop that most teams write first, and Socket.IO: the same events from one broker, the same clients, one
 * server process at a time. Socket.IO's clients are its own. Beside them RabbitMQ's own WebSocket server, which has no such
 * process: what it costs, it costs the broker.
 */
export async function benchGateway(servers: Servers): Promise<void> {
  const vhost = `bench_${randomBytes(4).toString('hex')}`;
  await declareVirtualHost({ managementUrl: servers.managementUrl, vhost });
  const amqpUrl = new URL(servers.amqpUrl);
  amqpUrl.pathname = `/${vhost}`;
  await declareTopology(amqpUrl.href);
  const queue = await bindBenchQueue(amqpUrl.href);
  const bench = await openBench(amqpUrl.href);
  try {
    const figures = new Map(CONTENDERS.map((contender) => [contender, emptyFigures()]));
    // Before the stream holds anything: what a start reads would leave room in the heap, and sockets would seem free.
    for (const [contender, figure] of figures) await measureIdle(bench, contender, figure);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Interleaved, so that a busy moment of the machine does not hit one contender alone.
      for (const [contender, figure] of figures)
        await measureDelivery(bench, contender, { figure, purge: queue.purge });
    }
    const stormSeconds = await measureStorm(bench);
    report({
      figures,
      stormSeconds,
      webStomp: await measureWebStomp({ servers, amqpUrl: amqpUrl.href, ...WEB_STOMP }),
    });
  } finally {
    await bench.source.close();
    await queue.close();
    await deleteVirtualHost({ managementUrl: servers.managementUrl, vhost });
  }
}

async function bindBenchQueue(amqpUrl: string) {
  const connection = await connect(amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertQueue(BENCH_QUEUE, { durable: true });
  await channel.bindQueue(BENCH_QUEUE, EXCHANGES.bookingEvents, '#');
  return { purge: () => channel.purgeQueue(BENCH_QUEUE), close: () => connection.close() };
}

type Results = {
  figures: ReadonlyMap<Contender, Figures>;
  stormSeconds: number;
  webStomp: WebStompFigures | undefined;
};

function report({ figures, stormSeconds, webStomp }: Results): void {
  const of = (contender: Contender) => figures.get(contender) ?? emptyFigures();
  const [ours, plain, socketIo] = [of(OURS), of(PLAIN), of(SOCKET_IO)];
  const cpu = (figure: Figures) => percentile(figure.cpuMicros, 0.5);
  const rate = (figure: Figures) => percentile(figure.perSecond, 0.5);
  const both = (value: (figure: Figures) => string) => `plain ${value(plain)}, Socket.IO ${value(socketIo)}`;
  const withWebStomp = (peers: string, value: (figure: WebStompFigures) => string) =>
    webStomp ? `${peers}, Web-STOMP ${value(webStomp)}` : peers;
  const share = cpu(ours) / cpu(plain);
  const rows: Row[] = [
    {
      what: 'CPU per delivered message of a backlog, µs',
      ours: `${cpu(ours).toFixed(1)} (${share.toFixed(2)} × plain)`,
      peer: withWebStomp(
        both((figure) => cpu(figure).toFixed(1)),
        ({ cpuMicros }) => cpuMicros.toFixed(0),
      ),
      bar: '0.40 × plain, below Socket.IO',
      isMet: share <= 0.4 && cpu(ours) < cpu(socketIo),
    },
    {
      what: 'messages/s of a backlog',
      ours: rate(ours).toFixed(0),
      peer: both((figure) => rate(figure).toFixed(0)),
      bar: 'above Socket.IO',
      isMet: rate(ours) > rate(socketIo),
    },
    ...STEADY.map((steady): Row => {
      const wait = (figure: Figures, share: number) => percentile(figure.waits.get(steady) ?? [], share);
      const text = (figure: Figures) => `${wait(figure, 0.5).toFixed(1)} / ${wait(figure, 0.99).toFixed(1)}`;
      return {
        what: `publish to client at ${describe(steady)}, ms p50 / p99`,
        ours: text(ours),
        peer: both(text),
        bar: `${MAX_TAIL} × Socket.IO`,
        isMet: wait(ours, 0.99) <= MAX_TAIL * wait(socketIo, 0.99),
      };
    }),
    {
      what: `RSS per idle authenticated socket at ${IDLE}, KB`,
      ours: (ours.idleBytes / 1024).toFixed(1),
      peer: withWebStomp(
        both((figure) => (figure.idleBytes / 1024).toFixed(1)),
        ({ idleBytes }) => (idleBytes / 1024).toFixed(0),
      ),
      bar: '8 KB, below Socket.IO',
      isMet: ours.idleBytes <= 8_192 && ours.idleBytes < socketIo.idleBytes,
    },
    {
      what: 'upgrades/s',
      ours: ours.upgrades.toFixed(0),
      peer: withWebStomp(
        both((figure) => figure.upgrades.toFixed(0)),
        ({ upgrades }) => upgrades.toFixed(0),
      ),
      bar: 'above Socket.IO',
      isMet: ours.upgrades > socketIo.upgrades,
    },
    {
      what: `${STORM} clients back and caught up, s`,
      ours: stormSeconds.toFixed(1),
      peer: 'no peer catches up',
      bar: '5 s',
      isMet: stormSeconds <= 5,
    },
  ];
  printTable('Gateway', rows);
  say('The clients and the publisher run on the same cores; medians of interleaved rounds.');
}
