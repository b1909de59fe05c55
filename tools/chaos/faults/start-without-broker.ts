import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnerContext } from './fault.ts';

const ID = 'F27';
const AWAY_MS = { short: 8_000, long: 30_000 };
/** For blocks to be made that nobody but booking can have heard of. */
const BEFORE_KILLS_MS = 2_000;

/** Whoever starts then knows what its database says, and a gateway nothing: it must let nobody in before it does. */
export async function startWithoutBroker({
  stack,
  processes,
  length,
  onKill,
}: OwnerContext): Promise<string | undefined> {
  const isBack = stack.servers.rabbitmq.crash('SIGTERM', { awayMs: AWAY_MS[length] });
  await sleep(BEFORE_KILLS_MS);
  const areKilled = await Promise.all(processes.map((process) => process.kill(ID)));
  for (const isKilled of areKilled) if (isKilled) onKill();
  for (const process of processes) process.start();
  await isBack;
  const areReady = await Promise.all(processes.map((process) => process.becomesReady()));
  return areReady.every(Boolean) ? undefined : 'not every service came up again';
}
