import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '../stack/service-process.ts';
import type { OwnerContext } from './fault.ts';

const ID = 'F05';
/** The long one is longer than the database leaves a transaction idle. */
const FROZEN_MS = { short: 4_000, long: 20_000 };
const MAX_NTH = 20;
const FREEZING_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/** A relay freezes in the transaction in which it publishes, its standby takes over, and the first wakes up again. */
export async function freezeRelay({ processes, random, length, onKill }: OwnerContext): Promise<string | undefined> {
  const service = random.pick(['booking', 'tracking'] as const);
  const pair = processes.filter((process) => process.service === service);
  const [relay, standby] = random.chance(0.5) ? pair : pair.toReversed();
  if (!relay || !standby) return 'there are no two of them';
  await relay.stopOrderly(ID);
  const nth = Math.ceil(random.between(0, MAX_NTH));
  relay.start({ by: ID, armed: { point: 'after_publish_before_confirm', nth, end: 'freeze' } });
  await Promise.race([relay.becomesReady(), freezes(relay)]);
  await standby.stopOrderly(ID); // or it might do all the work
  const isFrozen = await freezes(relay);
  standby.start();
  await standby.becomesReady();
  if (isFrozen) {
    await sleep(FROZEN_MS[length]);
    relay.signal('SIGCONT', ID);
    return undefined;
  }
  if (await relay.kill(ID)) onKill(); // it could still freeze, for ever
  relay.start();
  return `${relay.name} published nothing`;
}

async function freezes(process: ServiceProcess): Promise<boolean> {
  for (const deadline = Date.now() + FREEZING_TIMEOUT_MS; !process.isFrozen; await sleep(POLL_MS))
    if (Date.now() > deadline) return false;
  return true;
}
