/** Where the services listen, and what their tokens are signed with. */
export type Addresses = { secret: string; booking: number; tracking: number; gateway: number };

/** Attackers and honest people come from addresses of their own, as they would on the internet; all of 127/8 is ours. */
export const attackerAddress = (index: number) => `127.66.0.${index + 1}`;
export const honestAddress = (index: number) => `127.1.0.${index + 1}`;

/** The processors that the two sides are bound to. */
export const ATTACKERS_CORE = 0;
export const HONEST_CORE = 1;
