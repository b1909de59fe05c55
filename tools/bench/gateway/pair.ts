import { resolve } from 'node:path';
import { percentile } from '../../testing/percentile.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { openBench } from './bench.ts';
import { OURS } from './contenders.ts';
import { describe, emptyFigures, measureDelivery } from './measure.ts';

/** A backlog, and then a steady trickle, through the gateway of one side. */
export async function deliver({ side, amqpUrl }: Ground): Promise<Figures> {
  const bench = await openBench(amqpUrl);
  const gateway = { ...OURS, name: side.name, program: resolve(side.root, 'services/gateway/src/main.ts') };
  const figure = emptyFigures();
  try {
    await measureDelivery(bench, gateway, figure);
  } finally {
    await bench.source.close();
  }
  const [micros = Number.NaN] = figure.cpuMicros;
  const [perSecond = Number.NaN] = figure.perSecond;
  return {
    'CPU µs per message of a backlog': micros,
    'µs per message of a backlog': 1e6 / perSecond,
    ...Object.fromEntries(
      [...figure.waits].flatMap(([steady, waits]) => [
        [`ms publish to client at ${describe(steady)}, p50`, percentile(waits, 0.5)],
        [`ms publish to client at ${describe(steady)}, p99`, percentile(waits, 0.99)],
      ]),
    ),
  };
}
