import { randomBytes } from 'node:crypto';
import { QUEUES, type ServiceName, SHARDS, STATE_STREAMS, waitingRooms } from '@logi/contracts';
import { declareUser } from '@logi/messaging';
import { type Channel, type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { within } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';
import { callText } from '../http.ts';
import type { TestServers } from '../servers.ts';

const STREAMS: readonly string[] = [QUEUES.gatewayNotifications, ...Object.values(STATE_STREAMS)];

export type SeenMessage = { routingKey: string; messageId: string; headers: Record<string, unknown>; body: string };
export type RawMessage = {
  exchange: string;
  routingKey: string;
  body: Buffer | string | object;
  messageId?: string;
  headers?: Record<string, unknown>;
};

/** The broker as its administrator sees it: raw messages, every right, and the management API. */
export class RawBroker {
  readonly channel: ConfirmChannel;
  readonly #connection: ChannelModel;
  readonly #servers: TestServers;
  readonly #users: string[] = [];
  readonly #watching: Channel[] = [];

  private constructor(servers: TestServers, connection: ChannelModel, channel: ConfirmChannel) {
    this.#servers = servers;
    this.#connection = connection;
    this.channel = channel;
  }

  static async connect(servers: TestServers): Promise<RawBroker> {
    const connection = await connectBroker(servers.amqpUrl);
    return new RawBroker(servers, connection, await connection.createConfirmChannel());
  }

  /** Resolves when the broker has it. */
  publish({ exchange, routingKey, body, messageId, headers = {} }: RawMessage): Promise<void> {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const properties = { persistent: true, headers, ...(messageId !== undefined && { messageId }) };
    const confirmed = new Promise<void>((resolve, reject) => {
      this.channel.publish(exchange, routingKey, content, properties, (err) => (err ? reject(err) : resolve()));
    });
    return within(confirmed, `the broker's confirm of ${routingKey}`);
  }

  /** Takes all that is in a queue, or its shards, and all that will come; a stream is read from its start. */
  async watch(queue: string): Promise<SeenMessage[]> {
    const seen: SeenMessage[] = [];
    const channel = await this.#connection.createChannel();
    this.#watching.push(channel);
    await channel.prefetch(1_000);
    const take = (message: ConsumeMessage | null) => {
      if (message === null) return;
      seen.push({
        routingKey: message.fields.routingKey,
        messageId: String(message.properties.messageId),
        headers: message.properties.headers ?? {},
        body: message.content.toString('latin1'), // byte by byte, and readable where a test shows it
      });
      channel.ack(message);
    };
    const isStream = STREAMS.includes(queue);
    const options = isStream ? { arguments: { 'x-stream-offset': 'first' } } : {};
    for (const room of waitingRooms(queue, SHARDS.default)) await channel.consume(room, take, options);
    return seen;
  }

  /** Leaves what comes from now on to others. */
  async stopWatching(): Promise<void> {
    await Promise.all(this.#watching.splice(0).map((channel) => channel.close()));
  }

  /** How many messages wait in the queue, or its shards; those that a consumer holds are not among them. */
  async depth(queue: string): Promise<number> {
    let depth = 0;
    for (const room of waitingRooms(queue, SHARDS.default)) depth += (await this.channel.checkQueue(room)).messageCount;
    return depth;
  }

  async deleteQueue(queue: string): Promise<void> {
    for (const room of waitingRooms(queue, SHARDS.default)) await this.channel.deleteQueue(room);
  }

  async purge(queue: string): Promise<void> {
    for (const room of waitingRooms(queue, SHARDS.default)) await this.channel.purgeQueue(room);
  }

  /** The URL of a user made for this test alone, with the rights of a service. */
  async userUrl(service: ServiceName): Promise<string> {
    const { managementUrl, vhost, amqpUrl } = this.#servers;
    const url = new URL(amqpUrl);
    url.username = `${service}_${randomBytes(6).toString('hex')}`;
    url.password = 'secret';
    this.#users.push(url.username);
    await declareUser({ managementUrl, vhost, service, user: url.username, password: url.password });
    return url.href;
  }

  /** Closes, as an administrator may, the connections of a user of `userUrl`; answers how many there were. */
  async closeConnections(userUrl: string): Promise<number> {
    const path = ['connections', 'username', new URL(userUrl).username];
    const connections: unknown[] = await this.manage('GET', path);
    await this.manage('DELETE', path);
    return connections.length;
  }

  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape; the assertions say what is expected
  async manage(method: string, path: string[], body?: object): Promise<any> {
    const { origin, username, password } = new URL(this.#servers.managementUrl);
    const { response, text } = await callText(`${origin}/api/${path.map(encodeURIComponent).join('/')}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path.join('/')}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async close(): Promise<void> {
    await closeOnce(this.#connection);
    for (const user of this.#users.splice(0)) await this.manage('DELETE', ['users', user]);
  }
}

/** A connection of the library's own kind. */
export async function connectBroker(url: string): Promise<ChannelModel> {
  const connection = await connect(url, { clientProperties: { connection_name: 'test' } });
  closeLater(() => closeOnce(connection));
  return connection;
}

async function closeOnce(connection: ChannelModel): Promise<void> {
  await connection.close().catch((err: Error) => {
    if (!/^Connection clos/.test(err.message)) throw err; // it is, or is about to be
  });
}
