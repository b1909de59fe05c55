import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { OURS } from './contenders.ts';
import { EventSource } from './event-source.ts';
import { emptyFigures, measureDelivery } from './measure.ts';

/** A backlog, and then a steady trickle, through the gateway of one side. */
export async function deliver({ side, amqpUrl }: Ground): Promise<Figures> {
  const source = await EventSource.open(amqpUrl);
  const secret = randomBytes(32).toString('hex');
  const env = {
    AMQP_URL: amqpUrl,
    JWT_SECRET: secret,
    HOST: '127.0.0.1',
    ...FASTER_THAN_PEOPLE,
    MAX_UPGRADES_PER_SECOND: '100000',
    MAX_QUEUED_EVENTS: '100000',
    MAX_QUEUED_BYTES: '67108864',
  };
  const gateway = { ...OURS, name: side.name, program: resolve(side.root, 'services/gateway/src/main.ts') };
  const figure = emptyFigures();
  try {
    await measureDelivery({ env, secret, source }, gateway, { figure, purge: async () => undefined });
  } finally {
    await source.close();
  }
  const [micros = Number.NaN] = figure.cpuMicros;
  const [perSecond = Number.NaN] = figure.perSecond;
  return {
    'CPU µs per message of a backlog': micros,
    'µs per message of a backlog': 1e6 / perSecond,
    'ms publish to client, p50': figure.p50,
  };
}
