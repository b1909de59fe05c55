import { z } from 'zod';

/** A broker's quorum has no use for more: each message is written on all of them. */
const MAX_BROKER_NODES = 7;

/** On how many nodes each queue is to have a replica. */
export const nodeCount = z.coerce.number().int().min(1).max(MAX_BROKER_NODES);

/** `BROKER_NODES`. */
export const brokerNodes = nodeCount.default(1);
