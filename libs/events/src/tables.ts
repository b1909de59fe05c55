import type { Generated } from 'kysely';

/** The tables that libs/events needs in each schema; see migrations/0002_outbox_inbox.sql. It asks `state_turn` in SQL. */
export type EventTables = {
  outbox: {
    id: Generated<number>;
    eventId: string;
    type: string;
    aggregateId: string;
    version: number;
    occurredAt: Generated<Date>;
    /** Rows of one key are published in order of id; all rows of a key are in one partition. */
    orderingKey: string;
    /** By what it comes into a shard; null in rows of an older version. */
    shardKey: string | null;
    body: string;
    publishedAt: Date | null;
  };
  inbox: { consumer: string; eventId: string; receivedAt: Generated<Date> };
  inboxVersion: { consumer: string; aggregate: string; aggregateId: string; version: number };
};
