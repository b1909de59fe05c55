import type { Mutant } from './mutant.ts';

const OUTBOX = 'tests/events/outbox.test.ts';
const SHARDS = 'tests/events/shards.test.ts';
const CONSUMER = 'tests/events/consumer.test.ts';
const FAULTS = 'tests/events/consumer-faults.test.ts';

/** From the commit of a change to its effect elsewhere: outbox, publisher, broker, consumer, inbox. */
export const EVENT_MUTANTS: Mutant[] = [
  {
    id: 'no-confirm',
    why: 'what is written to a socket is not yet with the broker',
    file: 'libs/messaging/src/publisher.ts',
    edits: [
      [
        `channel.publish(exchange, routingKey, body, properties, (err: unknown) => {
          if (err) this.#refused(state.session, err, settle);
          else settle(inFlight.returned ? 'no queue takes it' : undefined);
        });`,
        `channel.publish(exchange, routingKey, body, properties, () => undefined);
        settle(undefined);`,
      ],
    ],
    caughtBy: {
      file: 'tests/events/link.test.ts',
      test: 'what was in flight when the connection broke is reported as failed, and the next is taken',
    },
  },
  {
    id: 'no-mandatory',
    why: 'the broker confirms a message that no queue takes, and forgets it',
    file: 'libs/messaging/src/publisher.ts',
    edits: [['mandatory: true', 'mandatory: false']],
    caughtBy: {
      file: OUTBOX,
      test: 'an event that no queue takes stays, with what follows it for the same thing, and others go on',
    },
  },
  {
    id: 'refused-for-ever',
    why: 'a channel opened while a queue had no leader is refused until the node that died is back, and nothing is told',
    file: 'libs/messaging/src/publisher.ts',
    edits: [["    session.fail(new Error('the broker refuses a message', { cause: err }));\n", '']],
    caughtBy: {
      file: 'tests/events/link.test.ts',
      test: 'a publisher whose message the broker refuses goes on over a new connection',
    },
  },
  {
    id: 'missing-queue-unnoticed',
    why: 'what is published while a work queue is missing never has its effect',
    file: 'libs/messaging/src/publisher.ts',
    edits: [['    void keepExpectingQueues(session, check);\n', '']],
    caughtBy: {
      file: 'tests/events/link.test.ts',
      test: 'a publisher stops when a work queue is deleted under it, and goes on when it is there again',
    },
  },
  {
    id: 'no-transaction',
    why: 'an event is told of a change that was rolled back',
    file: 'libs/persistence/src/database.ts',
    edits: [
      [
        'await db.transaction().execute(async (tx) => {',
        'await db.connection().execute(async (connection) => {\n        const tx = connection as never;',
      ],
    ],
    caughtBy: { file: OUTBOX, test: 'an event of a rolled back transaction is never published' },
  },
  {
    id: 'cursor-relay',
    why: 'ids are given out before commits: a cursor steps over what commits late',
    file: 'libs/events/src/relay.ts',
    edits: [
      ['  #nextPurgeAt = 0;', '  #nextPurgeAt = 0;\n  #last = 0;'],
      [
        'where published_at is null and ${PARTITION} = held',
        `where published_at is null and id > \${this.#last} and \${PARTITION} = held`,
      ],
      [
        'const done = await this.#publishRows(rows);',
        'const done = await this.#publishRows(rows);\n      this.#last = rows.at(-1)?.id ?? 0;',
      ],
    ],
    caughtBy: { file: OUTBOX, test: 'an event that commits late is published, although later ones were before it' },
  },
  {
    id: 'no-partition-lock',
    why: 'two relays publish the same rows, and one booking’s events cross',
    file: 'libs/events/src/relay.ts',
    edits: [["pg_try_advisory_xact_lock('outbox'::regclass::oid::int, partition::int)", 'true']],
    caughtBy: {
      file: OUTBOX,
      test: 'many writers and two relays: each event is published once, and those of one thing in order',
    },
  },
  {
    id: 'relay-past-failure',
    why: 'what follows a refused event of the same booking gets there before it',
    file: 'libs/events/src/relay.ts',
    edits: [['failed.push({ row, reason });\n          return;', 'failed.push({ row, reason });']],
    caughtBy: {
      file: OUTBOX,
      test: 'an event that no queue takes stays, with what follows it for the same thing, and others go on',
    },
  },
  {
    id: 'ack-before-commit',
    why: 'an event whose effect is not committed is gone from the queue',
    file: 'libs/messaging/src/consumer.ts',
    edits: [
      ['const outcome = withinAttempts(', 'channel.ack(message);\n    const outcome = withinAttempts('],
      ['if (session.ended.aborted) return;\n    channel.ack(message);', 'if (session.ended.aborted) return;'],
    ],
    caughtBy: {
      file: FAULTS,
      test: 'a consumer that stops while the database is away stops soon, and leaves its event to the next',
    },
  },
  {
    id: 'ack-before-put-aside',
    why: 'an event that the broker does not take into a retry or dead queue is in no queue at all',
    file: 'libs/messaging/src/consumer.ts',
    edits: [
      ["if (outcome.end !== 'ack' && !(await", "channel.ack(message);\n    if (outcome.end !== 'ack' && !(await"],
      ['if (session.ended.aborted) return;\n    channel.ack(message);', 'if (session.ended.aborted) return;'],
    ],
    caughtBy: {
      file: FAULTS,
      test: 'an event that cannot be dead-lettered waits, others pass it, and it is dead-lettered once when it can',
    },
  },
  {
    id: 'requeue-failed',
    why: 'an event that fails spins through its queue instead of waiting',
    file: 'libs/messaging/src/consumer.ts',
    edits: [
      [
        "if (outcome.end !== 'ack' && !(await",
        "if (outcome.end === 'retry') return channel.nack(message);\n    if (outcome.end !== 'ack' && !(await",
      ],
    ],
    caughtBy: { file: CONSUMER, test: 'attempt 2 that fails is followed by a wait of 30s' },
  },
  {
    id: 'all-headers-travel',
    why: 'a broker drops what, by its x-death header, goes in a circle',
    file: 'libs/messaging/src/consumer.ts',
    edits: [['const headers = {\n', 'const headers = {\n      ...delivery.headers,\n']],
    caughtBy: {
      file: CONSUMER,
      test: 'a dead letter of the broker that is sent again with all its headers survives a handler that fails',
    },
  },
  {
    id: 'cancel-then-drain',
    why: 'the next instance has later events while this one still works on earlier ones',
    file: 'libs/messaging/src/consumer.ts',
    edits: [
      [
        '  async stop(): Promise<void> {\n',
        '  #cancel: () => Promise<unknown> = async () => undefined;\n\n  async stop(): Promise<void> {\n    await this.#cancel();\n    await Promise.all(this.#inHand);\n',
      ],
      ['await channel.consume(queue,', 'const { consumerTag } = await channel.consume(queue,'],
      [
        '    });\n  }\n\n  async #handle',
        '    });\n    this.#cancel = () => channel.cancel(consumerTag);\n  }\n\n  async #handle',
      ],
    ],
    caughtBy: {
      file: FAULTS,
      test: 'a consumer that stops finishes the event at hand, and the next has the rest, in order and once',
    },
  },
  {
    id: 'no-turns',
    why: 'of two events of one thing, the later may be done first, and the earlier is then too late',
    file: 'libs/messaging/src/turns.ts',
    edits: [['(this.#lastOfKey.get(key) ?? Promise.resolve())', 'Promise.resolve()']],
    caughtBy: {
      file: CONSUMER,
      test: 'events of different things are handled side by side, those of one thing one after the other',
    },
  },
  {
    id: 'no-version-gate',
    why: 'an event that comes late turns its booking back',
    file: 'libs/events/src/inbox.ts',
    edits: [['await expectHeld(tx, lease);\n    return false;', 'await expectHeld(tx, lease);\n    return true;']],
    caughtBy: { file: CONSUMER, test: 'an older event that comes after a newer one has no effect' },
  },
  {
    id: 'every-version-is-believed',
    why: 'one forged event makes all honest ones of that driver too late',
    file: 'libs/events/src/inbox.ts',
    edits: [['if (!isBelievableVersion(version, before)) throw new VersionJump(event, before);', '']],
    caughtBy: {
      file: 'tests/security/compromised-broker.test.ts',
      test: 'cannot shut a driver out for good who is known: a version far ahead is put aside and alarmed',
    },
  },
  {
    // Either of the two keeps a repeat out; only without both is there a second effect.
    id: 'no-inbox',
    why: 'an event that is delivered twice has its effect twice',
    file: 'libs/events/src/inbox.ts',
    edits: [
      ['${version}::int from news', '${version}::int'],
      ['where gate.version < excluded.version', 'where gate.version <= excluded.version'],
    ],
    caughtBy: { file: CONSUMER, test: 'an event that is delivered twice has one effect' },
  },
  {
    id: 'no-single-active-consumer',
    why: 'two instances work on one booking’s events at once',
    file: 'libs/messaging/src/structure/work-queues.ts',
    edits: [["'x-single-active-consumer': true", "'x-single-active-consumer': false"]],
    caughtBy: { file: FAULTS, test: 'of two consumers one works, and the other takes over when it stops' },
  },
  {
    id: 'no-fence',
    why: 'an instance that hung for longer than its lease takes its effects on top of those of the next',
    file: 'libs/events/src/shards/leases.ts',
    edits: [['and fence = ${fence} for share`', 'for share`']],
    caughtBy: { file: SHARDS, test: 'what an instance has in hand has no effect once somebody else has its shard' },
  },
  {
    id: 'lost-shard-keeps-its-channel',
    why: 'whoever has a shard next is given nothing of it while the connection of the one before lasts',
    file: 'libs/messaging/src/session.ts',
    edits: [['this.#channels.map((channel) => channel.close())', '[]']],
    caughtBy: {
      file: SHARDS,
      test: 'a shard is lost alone: what was delivered of it comes again in order, and another is worked on meanwhile',
    },
  },
  {
    id: 'shards-before-the-whole',
    why: 'a driver’s newer events are done before the older ones that were left in the queue as it was',
    file: 'libs/events/src/shards/shared-consumer.ts',
    edits: [['const open = whole.length > 0 ? whole : shards;', 'const open = shards;']],
    caughtBy: {
      file: SHARDS,
      test: 'what an older version has left in the queue is done before what is in its shards',
    },
  },
];
