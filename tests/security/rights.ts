/*
 * What each service's role may do with each table, as letters: select, insert, update, delete. A table that is not here
 * is of no service. A new one states its rights in its migration and here.
 */
type Rights = Record<string, 's' | 'si' | 'siu' | 'sid' | 'sud' | 'siud'>;

const EVENTS: Rights = {
  outbox: 'siud',
  inbox: 'sid',
  inbox_version: 'siu',
  state_turn: 'siu',
  shard: 'sud',
  shard_holder: 'siud',
};

export const RIGHTS: Record<'booking' | 'tracking' | 'operations', Rights> = {
  booking: {
    ...EVENTS,
    ...{ vehicle_type: 'siu', cancellation_reason: 's', status_transition: 's', excluded_driver: 'sid' },
    ...{ booking: 'siu', history: 'si', offer: 'siu', driver: 'siu' },
    ...{ search_round: 'siud', candidate: 'si', surge: 'siu' },
    ...{ ended_uncounted: 's', ended_hour: 's', ended_reason: 's', driver_day: 's' },
    ...{ idempotency_key: 'siud', quote: 'siud', audit: 'si', block: 'siu' },
  },
  tracking: {
    ...EVENTS,
    ...{ driver: 'siu', driver_latest: 'siu', driver_heard: 'siu', driver_place: 'siud' },
    ...{ position: 'si', trip: 'siu', trail: 'sid', audited_look: 'sid', block: 'siu' },
  },
  // Of a dead letter it may change what was decided, and nothing else: compromised-database.test.ts has the columns.
  operations: { dead_letter: 'siu', used_code: 'sid' },
};
