export { Consumer, type ConsumerOptions, type Outcome } from './consumer.ts';
export { type DeadLetter, emptyDeadQueues } from './dead-queue.ts';
export { type Delivery, FIRST_KEY_HEADER } from './delivery.ts';
export { consumeLatest, type StreamMessage, type StreamPlace, tailStream } from './feeds.ts';
export { Link, type LinkOptions } from './link.ts';
export {
  type OutgoingMessage,
  Publisher,
  type PublisherOptions,
  type PublishFailure,
  publishAct,
} from './publisher.ts';
export { reachBroker, type Session } from './session.ts';
export { withShard } from './shards.ts';
export { createBlockReader, StateReader, type StateReaderOptions } from './state-reader.ts';
export { StateWriter } from './state-writer.ts';
export { declareKeptLimits, declareUser, declareVirtualHost, deleteVirtualHost } from './structure/management.ts';
export {
  addReplica,
  type BrokerNode,
  type BrokerOptions,
  expectReplicas,
  lackingReplicas,
  listNodes,
  listReplicas,
  type ReplicatedQueue,
  spreadLeaders,
  waitForNodes,
} from './structure/replicas.ts';
export { declareTopology, replicatedQueues, STREAM_MINUTES } from './structure/topology.ts';
export { TransientPublisher } from './transient-publisher.ts';
export { Turns } from './turns.ts';
