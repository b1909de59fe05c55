export { type Act, type Caller, recordAct } from './audit.ts';
export { type BlockChanges, readBlockChanges, readStandingBlocks, toBlockEntry } from './blocks.ts';
export {
  asOnlyOperator,
  countKept,
  countWaiting,
  discardKept,
  type Fate,
  findLetter,
  findLetters,
  isReplayable,
  type KeptLetter,
  keepDeadLetters,
  type LetterFilter,
  listDecided,
  listKept,
  OPERATORS_LOCK,
  pageOfLetters,
  replayKept,
  type WholeLetter,
} from './dead-letters.ts';
export { createEventConsumer, type EventConsumer, type EventHandlers } from './inbox.ts';
export { appendEvent, isUnpublished, type NewEvent, transactWithEvents } from './outbox.ts';
export { OutboxRelay, type Share } from './relay.ts';
export { declareShards, expectShards } from './shards/declare.ts';
export { SharedConsumer } from './shards/shared-consumer.ts';
export { takeStateTurn } from './state-turn.ts';
export type { EventTables } from './tables.ts';
export { currentTraceparent, traced } from './trace.ts';
