import type { Mutant } from './mutant.ts';

const BOOKING = 'tests/booking/upkeep.test.ts';
const GATEWAY = 'tests/gateway/upkeep.test.ts';
const METRICS = 'tests/system/metrics.test.ts';
const CONSTRAINTS = 'tests/events/constraints.test.ts';

/** What keeps a running system well, what it exports, and what only its database holds. */
export const UPKEEP_MUTANTS: Mutant[] = [
  {
    id: 'no-postpone',
    why: 'one search that throws is tried for ever, and all others wait behind it',
    file: 'services/booking/src/search/dispatcher.ts',
    edits: [['await postpone(ctx, bookingId);', 'void postpone;']],
    caughtBy: {
      file: BOOKING,
      test: 'a search that cannot go on does not keep others waiting behind it, and goes on when it can',
    },
  },
  {
    id: 'no-housekeeping',
    why: 'tables grow until the disk is full',
    file: 'services/booking/src/service.ts',
    edits: [['      housekeeping,\n', '']],
    caughtBy: { file: BOOKING, test: 'quotes an hour after their end are forgotten, and no sooner' },
  },
  {
    id: 'no-dispatch-housekeeping',
    why: 'how each search went is kept for ever',
    file: 'services/booking/src/bookings/housekeeping.ts',
    edits: [['where requested_at < now() - make_interval(days => ${config.DISPATCH_RETENTION_DAYS})', 'where false']],
    caughtBy: {
      file: BOOKING,
      test: 'how a search went is forgotten after 30 days, with everybody who was considered, and no sooner',
    },
  },
  {
    id: 'no-inbox-purge',
    why: 'the inbox grows for ever',
    file: 'libs/events/src/purge.ts',
    edits: [['where received_at < now() - make_interval(days => ${KEEP_INBOX_DAYS})', 'where false']],
    caughtBy: { file: BOOKING, test: 'events seen after 30 days are forgotten, and no sooner' },
  },
  {
    id: 'loop-ends',
    why: 'what is looked after again and again is never again after one failure',
    file: 'libs/service/src/loop.ts',
    edits: [
      [
        "await work(signal).catch((err: unknown) => log.warn({ loop: name, err }, 'failed, will try again'));",
        "try {\n        await work(signal);\n      } catch (err) {\n        return log.warn({ loop: name, err }, 'failed');\n      }",
      ],
    ],
    caughtBy: {
      file: 'tests/tracking/upkeep.test.ts',
      test: 'what is looked after again and again goes on after it failed',
    },
  },
  {
    id: 'address-never-leaves',
    why: 'an address has no room left when it has connected often enough',
    file: 'services/gateway/src/sockets/register.ts',
    edits: [['    admission.leave(client.address);\n', '']],
    caughtBy: { file: GATEWAY, test: 'an address has room again for each client that says goodbye' },
  },
  {
    id: 'gone-and-counted',
    why: 'the figure of open sockets only rises',
    file: 'services/gateway/src/sockets/register.ts',
    edits: [['    metrics.connections.dec({ role: client.principal.role });\n', '']],
    caughtBy: { file: GATEWAY, test: 'a client that is put out is counted and listed no longer' },
  },
  {
    id: 'dead-instance-missed',
    why: 'an operator waits for an instance that died last week, each time',
    file: 'services/gateway/src/instances.ts',
    edits: [['if (seenAt < since) this.#seenAt.delete(instance);', 'if (seenAt < since) void instance;']],
    caughtBy: { file: GATEWAY, test: 'an instance that died is named as missing for a moment only' },
  },
  {
    id: 'journal-without-bound',
    why: 'recent messages fill the memory',
    file: 'services/gateway/src/journal/journal.ts',
    edits: [['this.#bytes <= maxBytes && entry', 'this.#bytes <= maxBytes * 99 && entry']],
    caughtBy: {
      file: GATEWAY,
      test: 'what is kept for those who come back stays below its bound, however much is told',
    },
  },
  {
    id: 'requests-counted-for-ever',
    why: 'a driver who asked too often once is never heard again',
    file: 'libs/service/src/doors/allowance.ts',
    edits: [['if (waitMs === 0) this.#set(', 'this.#set(']],
    caughtBy: {
      file: 'tests/tracking/upkeep.test.ts',
      test: 'who has asked too often in one second may ask again in the next, as often',
    },
  },
  {
    id: 'url-in-a-label',
    why: 'one series for each booking, for ever',
    file: 'libs/service/src/http.ts',
    edits: [["const route = request.routeOptions.url ?? 'none';", 'const route = request.url;']],
    caughtBy: {
      file: METRICS,
      test: 'booking has no more series when others do the same, with other ids, paths and codes',
    },
  },
  {
    id: 'any-code-in-a-label',
    why: 'a client makes thousands of series by the codes that it closes with',
    file: 'services/gateway/src/metrics.ts',
    edits: [["code < FIRST_FREE_CODE || OUR_CODES.has(code) ? code : 'other'", 'code']],
    caughtBy: {
      file: METRICS,
      test: 'gateway has no more series when others do the same, with other ids, paths and codes',
    },
  },
  {
    id: 'any-type-in-a-label',
    why: 'a publisher makes series by its routing keys',
    file: 'libs/events/src/inbox.ts',
    edits: [["isEventType(routingKey) ? routingKey : 'unknown'", 'routingKey']],
    caughtBy: { file: METRICS, test: 'nothing that came from outside is in the metrics of booking' },
  },
  {
    id: 'undocumented-call',
    why: 'a call that no client can find',
    file: 'services/booking/src/routes/list-history.ts',
    edits: [
      [
        "      schema: {\n        operationId: 'listHistory'",
        "      schema: {\n        hide: true,\n        operationId: 'listHistory'",
      ],
    ],
    caughtBy: {
      file: 'tests/system/openapi.test.ts',
      test: 'the document of booking has every call, and none that is for machines',
    },
  },
  {
    id: 'url-in-the-log',
    why: 'ids, and the tokens of tracker apps, in every log',
    file: 'libs/service/src/http.ts',
    edits: [
      ['request.log.debug({ requestId, method, route,', 'request.log.debug({ requestId, method, route: request.url,'],
    ],
    caughtBy: {
      file: 'tests/system/log-lines.test.ts',
      test: 'every line is JSON that says when, who, how bad and what; calls are told by their route, and by no id or URL',
    },
  },
  {
    id: 'two-winners',
    why: 'two drivers may have won one booking',
    file: 'migrations/0003_booking.sql',
    edits: [["create unique index one_winning_offer on booking.offer (booking_id) where state = 'accepted';\n", '']],
    caughtBy: { file: CONSTRAINTS, test: 'every constraint and every unique index of ours has been tried' },
  },
  {
    id: 'driver-of-nothing',
    why: 'a booking is on its way with nobody',
    file: 'migrations/0003_booking.sql',
    edits: [['    else driver_id is not null end),', '    else true end),']],
    caughtBy: {
      file: CONSTRAINTS,
      test: 'booking.booking: driver_while_assigned refuses a row that differs in booking_id, driver_id',
    },
  },
  {
    id: 'half-decided',
    why: 'a dead letter is decided by nobody',
    file: 'migrations/0006_dead_letters.sql',
    edits: [['in (0, 3))', 'in (0, 1, 3))']],
    caughtBy: {
      file: CONSTRAINTS,
      test: 'operations.dead_letter: decided_by_somebody refuses a row that differs in id, fate, decided_by, decided_at',
    },
  },
  {
    id: 'ninth-partition',
    why: 'no relay looks into it, and its events wait for ever',
    file: 'migrations/0002_outbox_inbox.sql',
    edits: [['2147483648, 8))', '2147483648, 9))']],
    caughtBy: {
      file: CONSTRAINTS,
      test: 'events stand in the eight partitions that relays look into, whatever they are ordered by',
    },
  },
  {
    id: 'slow-dispatch',
    why: 'each look for what is due goes through all bookings',
    file: 'migrations/0003_booking.sql',
    edits: [['(dispatch_due_at) where dispatch_due_at is not null', "(dispatch_due_at) where status = 'Scheduled'"]],
    caughtBy: { file: CONSTRAINTS, test: 'booking.booking_dispatch_due finds what it is for' },
  },
];
