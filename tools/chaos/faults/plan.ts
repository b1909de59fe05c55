import type { Random } from '../../testing/random.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { NODE_FAULTS } from './node-faults.ts';

type Plan = { nodes: number; minutes: number; wanted: readonly string[]; random: Random };

/** What a broker of several nodes goes through is another list than what one does. */
export function faultsOn(nodes: number): Record<string, Fault> {
  return nodes === 1 ? FAULTS : NODE_FAULTS;
}

/** Each fault as often as a run of this length has it, in the order that the seed gives. */
export function planOf({ nodes, minutes, wanted, random }: Plan): [id: string, fault: Fault][] {
  return Object.entries(faultsOn(nodes))
    .filter(([id]) => isWanted(id, wanted))
    .flatMap((entry) => Array.from({ length: entry[1].times(minutes) }, () => entry))
    .map((entry) => ({ entry, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry);
}

/** `F13` asks for both of its kinds; nothing asked for is all. */
export function isWanted(id: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((each) => id === each || id.startsWith(`${each}-`));
}
