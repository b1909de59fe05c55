import { callText } from './http.ts';
import type { TestServers } from './servers.ts';

export type DeadLetter = { routingKey: string; payload: string; reason: unknown };

/** The broker's management API, as its administrator: who may publish anything, and sees every queue. */
export function openBroker({ managementUrl, vhost }: TestServers) {
  const { username, password, origin } = new URL(managementUrl);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  async function post(path: string[], body: object): Promise<unknown> {
    const { response, text } = await callText(`${origin}/api/${path.map(encodeURIComponent).join('/')}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the broker answered ${response.status} ${text}`);
    return JSON.parse(text);
  }
  return {
    async publish(exchange: string, routingKey: string, payload: string | Buffer | object): Promise<void> {
      const bytes = Buffer.isBuffer(payload)
        ? payload
        : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
      await post(['exchanges', vhost, exchange, 'publish'], {
        routing_key: routingKey,
        payload: bytes.toString('base64'),
        payload_encoding: 'base64',
        properties: {},
      });
    },
    /** What lies in a dead queue; it stays there. */
    async deadLetters(queue: string): Promise<DeadLetter[]> {
      const messages = await post(['queues', vhost, queue, 'get'], {
        count: 1_000,
        ackmode: 'ack_requeue_true',
        encoding: 'base64',
      });
      return (messages as RawMessage[]).map(({ payload, properties }) => ({
        routingKey: properties.type,
        payload: Buffer.from(payload, 'base64').toString('latin1'),
        reason: properties.headers['x-reason'],
      }));
    },
  };
}

type RawMessage = { payload: string; properties: { type: string; headers: Record<string, unknown> } };
