import { percentile } from '../../testing/percentile.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { drive, openStage, strikeStage } from './stage.ts';

const KNOWN = 1_000;
const LOAD = { drivers: 1_000, pointsPerFrame: 1 };
const WARM = { ...LOAD, seconds: 6, pointsPerSecond: 5_000 };
/** Too few for batches to help, and many; both sides hold either. */
const RATES = [1_000, 10_000];
const SECONDS = 10;

/** Points from streams to commit and acknowledgement. */
export async function commitPoints({ side, databaseUrl, amqpUrl }: Ground): Promise<Figures> {
  const stage = await openStage({ databaseUrl, amqpUrl, root: side.root, knownDrivers: KNOWN });
  try {
    await drive(stage, WARM);
    const figures: Record<string, number> = {};
    for (const pointsPerSecond of RATES) {
      const { cpu, ackMs } = await drive(stage, { ...LOAD, seconds: SECONDS, pointsPerSecond });
      const at = `at ${pointsPerSecond.toLocaleString('en')}/s`;
      figures[`CPU µs a point ${at}: the service`] = cpu.service;
      figures[`CPU µs a point ${at}: service and servers`] = cpu.service + cpu.postgres + cpu.rabbitmq;
      figures[`ms frame to ack ${at}, p50`] = percentile(ackMs, 0.5);
    }
    return figures;
  } finally {
    await strikeStage(stage);
  }
}
