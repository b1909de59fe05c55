import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@logi/client';
import { type Listener, listenDetailed } from '../people/listeners.ts';
import { createPerson } from '../people/world.ts';
import type { OwnerContext } from './fault.ts';

const ID = 'F24';
const OPEN_TIMEOUT_MS = 120_000;
const RESUME_LIMIT_MS = 30_000;
const POLL_MS = 50;
/** Together they would only meet the gateways' limit of upgrades, which is another test's matter. */
const ARRIVING_AT_ONCE = 200;

/** Many clients listen, both gateways are killed at once, and everybody must be back at their place within half a minute. */
export async function reconnectStorm(ctx: OwnerContext): Promise<string | undefined> {
  const { processes, world, clients: size, onKill } = ctx;
  const listeners: Listener[] = [];
  let resumed = 0;
  try {
    while (listeners.length < size) {
      for (let i = 0; i < ARRIVING_AT_ONCE && listeners.length < size; i += 1) {
        const person = createPerson(world, 'user', `storm ${listeners.length}`);
        const onMessage = ({ type }: Message) => {
          if (type === 'resumed') resumed += 1;
        };
        listeners.push(listenDetailed(world, person, { socket: person.id, onMessage }));
      }
      if (!(await within(OPEN_TIMEOUT_MS, () => listeners.every((listener) => listener.isOpen()))))
        return `of ${listeners.length} clients, not all could connect`;
    }
    const gateways = processes.filter(({ service }) => service === 'gateway');
    resumed = 0;
    const killedAt = Date.now();
    const areKilled = await Promise.all(gateways.map((gateway) => gateway.kill(ID)));
    for (const isKilled of areKilled) if (isKilled) onKill();
    for (const gateway of gateways) gateway.start();
    await Promise.all(gateways.map((gateway) => gateway.becomesReady()));
    const areBack = await within(RESUME_LIMIT_MS - (Date.now() - killedAt), () => resumed >= size);
    return areBack ? undefined : `${resumed} of ${size} clients had resumed after ${RESUME_LIMIT_MS / 1_000} s`;
  } finally {
    for (const listener of listeners) listener.close();
  }
}

async function within(timeoutMs: number, isDone: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(POLL_MS)) if (isDone()) return true;
  return isDone();
}
