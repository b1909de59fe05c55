import { setTimeout as sleep } from 'node:timers/promises';
import { LogiClient } from '@logi/client';
import type { FaultContext } from './faults.ts';
import { createPerson } from './people/world.ts';

const OPEN_TIMEOUT_MS = 120_000;
const RESUME_LIMIT_MS = 30_000;
const POLL_MS = 50;
/** Together they would only meet the gateways' limit of upgrades, which is another test's matter. */
const ARRIVING_AT_ONCE = 200;

/** Many clients listen, both gateways are killed at once, and everybody must be back at their place within half a minute. */
export async function reconnectCrowd({ stack, world, clients: size }: FaultContext): Promise<string | undefined> {
  const clients: LogiClient[] = [];
  let resumed = 0;
  let gaps = 0;
  try {
    while (clients.length < size) {
      for (let i = 0; i < ARRIVING_AT_ONCE && clients.length < size; i += 1) {
        const { token } = createPerson(world, 'user', `crowd ${clients.length}`);
        const url = `${world.urls.gateway.replace(/^http/, 'ws')}/ws`;
        const client = new LogiClient({ url, getToken: () => token });
        client.on('resumed', ({ type, payload }) => {
          if (type !== 'resumed') return;
          resumed += 1;
          if (!payload.recovered) gaps += 1;
        });
        clients.push(client);
      }
      if (!(await within(OPEN_TIMEOUT_MS, () => clients.every(({ state }) => state === 'open'))))
        return `of ${clients.length} clients, not all could connect`;
    }
    const gateways = stack.of('gateway');
    resumed = 0;
    const killedAt = Date.now();
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    for (const gateway of gateways) gateway.start();
    await Promise.all(gateways.map((gateway) => gateway.becomesReady()));
    const areBack = await within(RESUME_LIMIT_MS - (Date.now() - killedAt), () => resumed >= size);
    if (!areBack) return `${resumed} of ${size} clients had resumed after ${RESUME_LIMIT_MS / 1_000} s`;
    return gaps === 0 ? undefined : `${gaps} of ${size} clients were told of a gap`;
  } finally {
    for (const client of clients) client.close();
  }
}

async function within(timeoutMs: number, isDone: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(POLL_MS)) if (isDone()) return true;
  return isDone();
}
