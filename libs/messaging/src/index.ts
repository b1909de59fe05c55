export { Consumer, type ConsumerOptions, type Delivery, FIRST_KEY_HEADER, type Outcome } from './consumer.ts';
export { type DeadLetter, takeDeadLetters } from './dead-queue.ts';
export { consumeLatest, type StreamMessage, type StreamPlace, tailStream } from './feeds.ts';
export { Link, type LinkOptions } from './link.ts';
export { declareUser, declareVirtualHost, deleteVirtualHost } from './management.ts';
export { type OutgoingMessage, Publisher, type PublisherOptions, type PublishFailure } from './publisher.ts';
export type { Session } from './session.ts';
export { declareTopology } from './topology.ts';
export { TransientPublisher } from './transient-publisher.ts';
