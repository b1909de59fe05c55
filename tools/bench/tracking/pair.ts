import { percentile } from '../../testing/percentile.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { drive, openStage, strikeStage } from './stage.ts';

const KNOWN = 1_000;
const LOAD = { drivers: 1_000, seconds: 12, pointsPerFrame: 1, pointsPerSecond: 4_000 };

/** Points from streams to commit and acknowledgement, at a rate that both sides hold. */
export async function commitPoints({ side, databaseUrl, amqpUrl }: Ground): Promise<Figures> {
  const stage = await openStage({ databaseUrl, amqpUrl, root: side.root, knownDrivers: KNOWN });
  try {
    const { cpu, ackMs } = await drive(stage, LOAD);
    return {
      'CPU µs a point of the service': cpu.service,
      'CPU µs a point of service and servers': cpu.service + cpu.postgres + cpu.rabbitmq,
      'ms frame to ack, p50': percentile(ackMs, 0.5),
    };
  } finally {
    await strikeStage(stage);
  }
}
