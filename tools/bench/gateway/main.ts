import type { Servers } from '../../stack/servers/servers.ts';
import { percentile } from '../../testing/percentile.ts';
import { printTable, type Row, say } from '../suite.ts';
import { onBench } from './bench.ts';
import { type Contender, OURS, PLAIN, SOCKET_IO } from './contenders.ts';
import {
  describe,
  emptyFigures,
  type Figures,
  IDLE,
  measureDelivery,
  measureIdle,
  measureStorm,
  STEADY,
  STORM,
} from './measure.ts';
import { byContender, CONTENDERS, tailRows } from './tail.ts';
import { measureWebStomp, type WebStompFigures } from './web-stomp.ts';

const ROUNDS = 3;
/** As many clients as are told of things elsewhere in this run; ten thousand would take the broker two gigabytes. */
const WEB_STOMP = { users: 500, messages: 10_000 };

/**
 * Our gateway, the loop that most teams write first, and Socket.IO: the same events from one broker, the same clients, one
 * server process at a time. Socket.IO's clients are its own. Beside them RabbitMQ's own WebSocket server, which has no such
 * process: what it costs, it costs the broker.
 */
export async function benchGateway(servers: Servers): Promise<void> {
  await onBench(servers, async (bench) => {
    const figures = new Map(CONTENDERS.map((contender) => [contender, emptyFigures()]));
    // Before the stream holds anything: what a start reads would leave room in the heap, and sockets would seem free.
    for (const [contender, figure] of figures) await measureIdle(bench, contender, figure);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Interleaved, so that a busy moment of the machine does not hit one contender alone.
      for (const [contender, figure] of figures) await measureDelivery(bench, contender, figure);
    }
    const stormSeconds = await measureStorm(bench);
    const webStomp = await measureWebStomp({ servers, amqpUrl: bench.amqpUrl, ...WEB_STOMP });
    report({ figures, stormSeconds, webStomp });
  });
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
      bars: { plot: 'messages', label: 'of a backlog', values: byContender((contender) => cpu(of(contender))) },
    },
    {
      what: 'messages/s of a backlog',
      ours: rate(ours).toFixed(0),
      peer: both((figure) => rate(figure).toFixed(0)),
      bar: 'above Socket.IO',
      isMet: rate(ours) > rate(socketIo),
    },
    ...STEADY.flatMap((steady) =>
      tailRows(describe(steady), { waitsOf: (contender) => of(contender).waits.get(steady) ?? [], plot: 'tail' }),
    ),
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
