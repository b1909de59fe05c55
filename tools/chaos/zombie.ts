import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultContext } from './faults.ts';
import type { Instance } from './instance.ts';

/** The long one is longer than the database leaves a transaction idle. */
const FROZEN_MS = { short: 4_000, long: 20_000 };
const MAX_NTH = 20;
const FREEZING_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/** A relay freezes in the transaction in which it publishes, another one takes over, and the first wakes up again. */
export async function freezeRelay({ stack, random, isLong }: FaultContext): Promise<string | undefined> {
  const pair = stack.of(random.pick(['booking', 'tracking'] as const));
  const [zombie, standby] = random.chance(0.5) ? pair : pair.toReversed();
  if (!zombie || !standby) return 'there are no two of them';
  await zombie.stopOrderly();
  zombie.start(`after_publish_before_confirm:${Math.ceil(random.between(0, MAX_NTH))}:freeze`);
  await Promise.race([zombie.becomesReady(), freezes(zombie)]);
  await standby.stopOrderly(); // or it might do all the work
  const isFrozen = await freezes(zombie);
  standby.start();
  await standby.becomesReady();
  if (!isFrozen) return `${zombie.name} published nothing`;
  await sleep(FROZEN_MS[isLong ? 'long' : 'short']);
  zombie.signal('SIGCONT');
  return undefined;
}

async function freezes(instance: Instance): Promise<boolean> {
  for (const deadline = Date.now() + FREEZING_TIMEOUT_MS; !instance.isFrozen; await sleep(POLL_MS))
    if (Date.now() > deadline) return false;
  return true;
}
