import type { Random } from '../../testing/random.ts';
import type { World } from '../people/world.ts';
import type { ServiceProcess } from '../stack/service-process.ts';
import type { ChaosStack } from '../stack/stack.ts';

export type FaultContext = {
  stack: ChaosStack;
  world: World;
  random: Random;
  /** A long run has time for the whole of each fault. */
  length: 'short' | 'long';
  /** Who reconnects at once in F24. */
  clients: number;
  /** Mends, once work flows again, what stays broken until then. */
  afterwards: (mend: () => Promise<void>) => void;
};

/** A fault that owns all instances ends and starts them itself, or has them left alone. */
export type OwnerContext = FaultContext & {
  processes: ServiceProcess[];
  /** It has killed one. */
  onKill: () => void;
};

/** `inject` breaks something and mends it. It returns what else was wrong meanwhile, if anything. */
export type Fault = {
  title: string;
  /** How often in a run of so many minutes. */
  times: (minutes: number) => number;
  /** Within what time all work must flow again after it, where that is not five seconds. */
  limitMs?: number;
} & (
  | { owns: 'no instance'; inject: (ctx: FaultContext) => Promise<string | undefined> } // services are killed meanwhile
  | { owns: 'all instances'; inject: (ctx: OwnerContext) => Promise<string | undefined> }
);
