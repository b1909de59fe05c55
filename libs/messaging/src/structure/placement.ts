export type Placement = {
  /** How many replicas a queue that is new gets, each on a node of its own. */
  nodes: number;
  /** What queues that are there were declared with. */
  known: ReadonlyMap<string, Record<string, unknown>>;
};

export type ReplicatedType = 'quorum' | 'stream';

/** Where a queue is to live is asked once, when it is made; from then on it can be changed, and the arguments cannot. */
const SIZE_ARGUMENTS = { quorum: 'x-quorum-initial-group-size', stream: 'x-initial-cluster-size' } as const;
const LEADER_ARGUMENT = 'x-queue-leader-locator';
const PLACEMENT_ARGUMENTS = [...Object.values(SIZE_ARGUMENTS), LEADER_ARGUMENT];

/** What to declare the queue with. */
export function placementOf(
  queue: string,
  { type, placement }: { type: ReplicatedType; placement: Placement },
): Record<string, unknown> {
  const known = placement.known.get(queue);
  if (known) return Object.fromEntries(Object.entries(known).filter(([name]) => PLACEMENT_ARGUMENTS.includes(name)));
  return placement.nodes === 1 ? {} : { [SIZE_ARGUMENTS[type]]: placement.nodes, [LEADER_ARGUMENT]: 'balanced' };
}
