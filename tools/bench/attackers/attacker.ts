import { type Addresses, attackerAddress } from './addresses.ts';
import { ATTACKS, spin } from './attacks.ts';

/** A process that attacks in one way, or spins where no attack is named. */
export type AttackerOrder = { addresses: Addresses; attack: string | undefined; index: number; seconds: number };

const { addresses, attack, index, seconds }: AttackerOrder = JSON.parse(process.argv[2] ?? '{}');
const endsAt = performance.now() + seconds * 1_000;
const play = attack === undefined ? spin : ATTACKS[attack];
if (!play) throw new Error(`no such attack: ${attack}`);
await play({ addresses, localAddress: attackerAddress(index), isOver: () => performance.now() > endsAt });
process.exit(0);
