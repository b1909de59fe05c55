import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Servers } from '../../stack/servers/servers.ts';
import { cpuSeconds, residentBytes } from '../processes.ts';
import { say } from '../suite.ts';

const EXCHANGE = 'amq.topic';
/** As with the other contenders. */
const CONNECT_AT_ONCE = 100;
const CONNECT_TIMEOUT_MS = 10_000;
const DELIVERY_TIMEOUT_MS = 60_000;

export type WebStompFigures = { cpuMicros: number; idleBytes: number; upgrades: number };

type Options = { servers: Servers; amqpUrl: string; users: number; messages: number };

/**
 * RabbitMQ's own WebSocket server: no gateway at all, and a queue and a binding for each user. It knows no tokens and no
 * roles, so the publisher must address each user by a routing key. Its cost is the broker's, less what the broker takes
 * for the same messages when nobody is there to read them. Undefined, with the reason printed, where it cannot be had.
 */
export async function measureWebStomp(options: Options): Promise<WebStompFigures | undefined> {
  const { servers, amqpUrl, users, messages } = options;
  const { webStompUrl: url } = servers;
  if (url === undefined) {
    say('Web-STOMP: left out, these servers were started without it');
    return undefined;
  }
  const pid = await brokerPid(servers.managementUrl);
  const publisher = await openPublisher(amqpUrl);
  const sockets: WebSocket[] = [];
  try {
    let received = 0;
    const bytesBefore = await residentBytes(pid);
    const startedAt = performance.now();
    const waiting = Array.from({ length: users }, (_, user) => user).values();
    await Promise.all(
      Array.from({ length: CONNECT_AT_ONCE }, async () => {
        for (const user of waiting) {
          sockets.push(await subscribe(options, { url, user, onMessage: () => (received += 1) }));
        }
      }),
    );
    const upgrades = users / ((performance.now() - startedAt) / 1000);
    const idleBytes = ((await residentBytes(pid)) - bytesBefore) / users;

    const publish = async (prefix: string): Promise<number> => {
      const before = await cpuSeconds(pid);
      const wanted = prefix === 'user' ? messages : 0;
      received = 0;
      for (let i = 0; i < messages; i += 1) await publisher.publish(`${prefix}.${i % users}`, i);
      const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
      while (received < wanted) {
        if (Date.now() > deadline) throw new Error('Web-STOMP did not deliver everything');
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return (await cpuSeconds(pid)) - before;
    };
    const [read, unread] = [await publish('user'), await publish('nobody')];
    const figures = { cpuMicros: ((read - unread) * 1_000_000) / messages, idleBytes, upgrades };
    const [size, cost] = [(idleBytes / 1024).toFixed(0), figures.cpuMicros.toFixed(0)];
    say(`Web-STOMP: ${size} KB a socket, ${upgrades.toFixed(0)} upgrades/s, ${cost} µs of the broker's CPU a message`);
    return figures;
  } catch (err) {
    say(`Web-STOMP: left out, ${err instanceof Error ? err.message : err}`);
    return undefined;
  } finally {
    for (const socket of sockets) socket.terminate();
    await publisher.close();
  }
}

async function brokerPid(managementUrl: string): Promise<number> {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${origin}/api/nodes`, { headers: { authorization } });
  const [node] = z.array(z.object({ os_pid: z.string() })).parse(await response.json());
  return Number(node?.os_pid);
}

async function openPublisher(amqpUrl: string) {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  return {
    async publish(routingKey: string, index: number): Promise<void> {
      const payload = { booking_id: randomUUID(), status: 'In Transit' };
      const body = JSON.stringify({ user_id: routingKey, type: 'status_update', payload });
      channel.publish(EXCHANGE, routingKey, Buffer.from(body), { persistent: true });
      if (index % 200 === 199) await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}

type Subscriber = { url: string; user: number; onMessage: () => void };

async function subscribe({ amqpUrl }: Options, { url, user, onMessage }: Subscriber): Promise<WebSocket> {
  const { username, password, pathname } = new URL(amqpUrl);
  const ws = new WebSocket(url, ['v12.stomp'], { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), CONNECT_TIMEOUT_MS);
    ws.on('error', reject);
    ws.on('open', () =>
      send(ws, 'CONNECT', {
        'accept-version': '1.2',
        host: decodeURIComponent(pathname.slice(1)),
        login: decodeURIComponent(username),
        passcode: decodeURIComponent(password),
      }),
    );
    ws.on('message', (data) => {
      const [command] = data.toString().split('\n', 1);
      if (command === 'MESSAGE') onMessage();
      else if (command === 'CONNECTED') {
        send(ws, 'SUBSCRIBE', { id: '0', destination: `/exchange/${EXCHANGE}/user.${user}`, receipt: '0' });
      } else if (command === 'RECEIPT') {
        clearTimeout(timer);
        resolve();
      } else if (command === 'ERROR') reject(new Error(`it answered ${data.toString()}`));
    });
  });
  return ws;
}

function send(ws: WebSocket, command: string, headers: Record<string, string>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  ws.send(`${[command, ...lines].join('\n')}\n\n\0`);
}
