/*
 * Everything that is kept, table by table and column by column, and what of it tells of a person. Export and erasure go by
 * this list, docs/privacy.md prints it, and a test compares it with the real schema: a column that nobody has thought about
 * here makes that test red.
 */

export type Table = {
  /** What a row is, for whoever reads docs/privacy.md. */
  about: string;
  /** How long a row stays, by the name of the setting where there is one. */
  stays: string;
  /** Columns with the id of a person, each with the role in which: SQL over the row. */
  ids?: Record<string, string>;
  /** Where somebody is, was, or wants something to be brought. */
  places?: readonly string[];
  /** What people wrote themselves, or their apps. */
  texts?: readonly string[];
  /** JSON with any of these in it. */
  documents?: readonly string[];
  /** Says nothing of a person by itself: kinds, counts, times, ids of things. */
  rest?: readonly string[];
  /** Rows that are of a person for another reason: SQL with `:role` and `:id`. */
  also?: string;
  /** What erasing does to the rows of the person in their own role: other roles' rows keep a pseudonym. */
  erased: string;
};

const PSEUDONYM = 'pseudonym';
const FOR_GOOD = 'for good';
const USER = `'user'`;
const DRIVER = `'driver'`;
const ADMIN = `'admin'`;
const NOBODY = { stays: FOR_GOOD, erased: '–' };

const BOOKINGS_OF_USER = `(select booking_id from booking.booking where user_id = :id and :role = 'user')`;
const TRIPS_OF_USER = `(select booking_id from tracking.trip where user_id = :id and :role = 'user')`;

function outbox(others: string): Table {
  return {
    about: `events of ${others} on their way to the broker`,
    stays: '24 hours after they were published',
    documents: ['body'],
    texts: ['aggregate_id', 'ordering_key', 'shard_key'],
    rest: ['id', 'event_id', 'type', 'version', 'occurred_at', 'published_at'],
    erased: 'the events that name the person, or a booking of theirs, go',
  };
}

const INBOX: Table = {
  about: 'which events were taken in',
  stays: '30 days',
  rest: ['consumer', 'event_id', 'received_at'],
  erased: '–',
};
const INBOX_VERSION: Table = {
  about: 'the newest version seen of each thing, drivers among them',
  stays: FOR_GOOD,
  ids: { aggregate_id: `replace(aggregate, '_work', '')` },
  rest: ['consumer', 'aggregate', 'version'],
  erased: PSEUDONYM,
};
const SHARD: Table = {
  ...NOBODY,
  about: 'which instance works on a shard of the work queue',
  rest: ['queue', 'number', 'holder', 'fence'],
};
const SHARD_HOLDER: Table = {
  ...NOBODY,
  stays: 'an hour',
  about: 'which instances are alive',
  rest: ['instance', 'until'],
};
const STATE_TURN: Table = { ...NOBODY, about: 'whose turn a snapshot is', rest: ['name', 'taken_at'] };

const BOOKING_TABLES = {
  booking: {
    about: 'bookings',
    stays: FOR_GOOD,
    ids: { user_id: USER, driver_id: DRIVER },
    places: ['pickup_latitude', 'pickup_longitude', 'dropoff_latitude', 'dropoff_longitude', 'cell'],
    texts: ['end_reason'],
    rest: [
      ...['booking_id', 'status', 'version', 'vehicle_type', 'price_minor', 'currency', 'scheduled_at', 'created_at'],
      ...['updated_at', 'search_round', 'search_radius_step', 'search_deadline', 'dispatch_due_at', 'asked_at'],
      ...['offered_at', 'accepted_at', 'collected_at', 'ended_at'],
    ],
    erased: 'pseudonym; of a user also the places, to a tenth of a degree, and the cell; free reasons become `other`',
  },
  history: {
    about: 'what happened to each booking, and who did it',
    stays: FOR_GOOD,
    ids: { actor_id: 'actor_role', driver_id: DRIVER },
    texts: ['reason'],
    rest: ['booking_id', 'version', 'from_status', 'to_status', 'actor_role', 'at'],
    also: `booking_id in ${BOOKINGS_OF_USER}`,
    erased: 'pseudonym; free reasons become `other`: those the person gave, and of a user all on their bookings',
  },
  offer: {
    about: 'who was asked about a booking',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER },
    rest: [
      ...['offer_id', 'booking_id', 'round', 'rank', 'distance_meters', 'state', 'created_at', 'expires_at'],
      'closed_at',
    ],
    erased: PSEUDONYM,
  },
  ended_uncounted: {
    ...NOBODY,
    about: 'bookings that have ended since they were counted last',
    stays: 'seconds',
    rest: ['booking_id'],
  },
  ended_hour: {
    ...NOBODY,
    about: 'how many bookings of an hour ended how, and what they came to',
    rest: [
      ...['hour', 'vehicle_type', 'currency', 'status', 'bookings', 'offered', 'accepted', 'collected', 'trips_timed'],
      ...['trip_ms', 'searches_timed', 'search_ms', 'price_minor'],
    ],
  },
  ended_reason: { ...NOBODY, about: 'and why', rest: ['hour', 'status', 'reason', 'bookings'] },
  driver_day: {
    about: 'trips and answers of a driver on a day',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER },
    rest: [...['day', 'trips', 'trips_timed', 'trip_ms', 'offers', 'accepted', 'declined', 'expired', 'given_back']],
    erased: PSEUDONYM,
  },
  driver: {
    about: 'drivers, as booking knows them',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER },
    rest: [
      ...['job_booking_id', 'open_offers', 'work_version', 'offers_made', 'offers_accepted', 'free_since', 'status'],
    ],
    erased: 'pseudonym, Offline',
  },
  search_round: {
    about: 'how a search went',
    stays: '`DISPATCH_RETENTION_DAYS`',
    rest: ['booking_id', 'round', 'radius_meters', 'vehicle_types', 'requested_at', 'answered_at'],
    erased: '–',
  },
  candidate: {
    about: 'drivers who were considered in it',
    stays: '`DISPATCH_RETENTION_DAYS`',
    ids: { driver_id: DRIVER },
    rest: [
      ...['booking_id', 'round', 'rank', 'distance_meters', 'score', 'score_lines', 'skipped', 'fix_age_ms'],
      'fix_flaw',
    ],
    erased: PSEUDONYM,
  },
  excluded_driver: {
    about: 'drivers whom an admin wants not to be asked',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER, excluded_by: ADMIN },
    rest: ['booking_id', 'excluded_at'],
    erased: PSEUDONYM,
  },
  idempotency_key: {
    about: 'keys of requests, and their answers',
    stays: '`IDEMPOTENCY_KEY_HOURS`',
    ids: { user_id: 'role' },
    texts: ['key'],
    documents: ['response'],
    rest: ['role', 'request_hash', 'created_at'],
    erased: 'gone; in the answers that others got, a pseudonym and rough places',
  },
  quote: {
    about: 'prices that were named',
    stays: '`QUOTE_LIFETIME_MS` and an hour',
    ids: { owner_id: 'owner_role' },
    places: ['pickup_latitude', 'pickup_longitude', 'dropoff_latitude', 'dropoff_longitude'],
    rest: [
      ...['quote_id', 'owner_role', 'vehicle_type', 'currency', 'price_minor', 'expires_at', 'scheduled_at', 'used_at'],
    ],
    erased: 'gone',
  },
  block: {
    about: 'who is blocked, or was',
    stays: FOR_GOOD,
    ids: { sub: 'role', blocked_by: ADMIN },
    texts: ['reason'],
    rest: [
      ...['role', 'block_id', 'version', 'change', 'until', 'tokens_issued_before', 'blocked_at', 'lifted_at'],
      'is_settled',
    ],
    erased: 'the reason; pseudonym once the block is over, until then the id stays: see below',
  },
  audit: {
    about: 'what the operator’s people did, to whom',
    stays: '`AUDIT_RETENTION_DAYS`',
    ids: { actor_id: 'actor_role', subject_id: 'subject_kind' },
    texts: ['address'],
    documents: ['details'],
    rest: ['audit_id', 'actor_role', 'act', 'subject_kind', 'at', 'recorded_at'],
    erased: 'pseudonym; of an admin also the address; free reasons become `other`',
  },
  outbox: outbox('booking'),
  inbox: INBOX,
  inbox_version: INBOX_VERSION,
  state_turn: STATE_TURN,
  shard: SHARD,
  shard_holder: SHARD_HOLDER,
  surge: {
    ...NOBODY,
    about: 'how scarce drivers are in a cell',
    rest: ['cell', 'vehicle_type', 'open_searches', 'available_drivers', 'multiplier', 'updated_at'],
  },
  vehicle_type: {
    ...NOBODY,
    about: 'what there is to book',
    rest: [
      ...['vehicle_type', 'currency', 'base_minor', 'per_kilometer_minor', 'per_minute_minor', 'minimum_minor'],
      ...['average_kilometers_per_hour', 'size', 'is_offered'],
    ],
  },
  cancellation_reason: { ...NOBODY, about: 'reasons that are counted', rest: ['reason', 'roles', 'description'] },
  status_transition: { ...NOBODY, about: 'which changes are legal', rest: ['from_status', 'to_status'] },
} satisfies Record<string, Table>;

const TRACKING_TABLES = {
  driver: {
    about: 'drivers, and the job at hand',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER, user_id: USER },
    rest: [
      ...['vehicle_type', 'duty', 'work', 'signal', 'status', 'version', 'booking_id', 'status_call_at'],
      ...['went_dark_at', 'on_duty_since', 'job_since'],
    ],
    erased: 'gone',
  },
  driver_latest: {
    about: 'the newest fix of each driver',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER },
    places: ['latitude', 'longitude', 'accuracy', 'speed', 'heading', 'judging'],
    rest: ['battery', 'seq', 'recorded_at', 'received_at', 'heard_at', 'stands', 'stamp'],
    erased: 'gone',
  },
  driver_heard: {
    about: 'when a driver was heard of, and by which app',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER },
    texts: ['device'],
    rest: ['heard_at', 'heard_by'],
    erased: 'gone',
  },
  driver_place: {
    about: 'the map of those on duty',
    stays: 'while on duty',
    ids: { driver_id: DRIVER },
    places: ['latitude', 'longitude', 'position'],
    rest: ['vehicle_type', 'status'],
    erased: 'gone',
  },
  position: {
    about: 'every point',
    stays: '`TRAIL_RETENTION_DAYS`',
    ids: { driver_id: DRIVER },
    places: ['latitude', 'longitude', 'accuracy', 'speed', 'heading'],
    rest: ['recorded_at', 'received_at', 'battery', 'seq', 'flaw', 'device_time'],
    erased: 'gone; of a user, those of the time in which somebody drove for them',
  },
  trip: {
    about: 'which driver had which booking when',
    stays: FOR_GOOD,
    ids: { driver_id: DRIVER, user_id: USER },
    places: ['pickup_latitude', 'pickup_longitude', 'dropoff_latitude', 'dropoff_longitude', 'closest_meters'],
    rest: [
      ...['booking_id', 'started_at', 'ended_at', 'leg', 'stage', 'progress_at', 'stalled', 'version', 'compacted_at'],
      ...['warned_at', 'closest_at', 'vehicle_type'],
    ],
    erased: 'pseudonym; of a user also the places, to a tenth of a degree',
  },
  trail: {
    about: 'the way driven on a trip',
    stays: '`KEPT_TRAIL_RETENTION_DAYS` after the end of the trip',
    ids: { driver_id: DRIVER },
    places: ['latitudes', 'longitudes', 'times'],
    rest: ['booking_id', 'started_at', 'ended_at', 'distance_meters', 'segment_starts'],
    also: `booking_id in ${TRIPS_OF_USER}`,
    erased: 'pseudonym; the way goes, its length stays',
  },
  block: {
    about: 'tracking’s copy of the blocks',
    stays: FOR_GOOD,
    ids: { sub: 'role' },
    rest: ['role', 'version', 'change', 'until', 'tokens_issued_before', 'lifted_at'],
    erased: 'pseudonym once the block is over, until then the id stays',
  },
  audited_look: {
    about: 'what an admin has looked at in this hour',
    stays: 'until the hour is over',
    ids: { admin_id: ADMIN },
    texts: ['subject'],
    rest: ['act', 'hour'],
    also: `subject = :role::text || ' ' || :id::text`,
    erased: 'gone',
  },
  outbox: outbox('tracking'),
  inbox: INBOX,
  inbox_version: INBOX_VERSION,
  state_turn: STATE_TURN,
  shard: SHARD,
  shard_holder: SHARD_HOLDER,
} satisfies Record<string, Table>;

const OPERATIONS_TABLES = {
  dead_letter: {
    about: 'messages that could not be handled',
    stays: FOR_GOOD,
    documents: ['body'],
    texts: ['headers', 'reason', 'decided_by'],
    rest: [...['id', 'queue', 'message_id', 'type', 'attempt', 'died_at', 'kept_at', 'fate', 'decided_at']],
    erased: 'pseudonym, rough places; headers and reason go, and the body where it is no event',
  },
  used_code: {
    about: 'codes that signed somebody in to the console, by random ids',
    stays: 'for as long as the code would be good',
    rest: ['code_id', 'expires_at'],
    erased: '–',
  },
} satisfies Record<string, Table>;

/** By the full name of the table. */
export const CATALOGUE: ReadonlyMap<string, Table> = new Map(
  Object.entries({ booking: BOOKING_TABLES, tracking: TRACKING_TABLES, operations: OPERATIONS_TABLES }).flatMap(
    ([schema, tables]) => Object.entries<Table>(tables).map(([name, table]) => [`${schema}.${name}`, table] as const),
  ),
);

export function columnsOf({ ids = {}, places = [], texts = [], documents = [], rest = [] }: Table): string[] {
  return [...Object.keys(ids), ...places, ...texts, ...documents, ...rest];
}

/** SQL for the rows that are of a person, by `:role` and `:id`; undefined where none can be. */
export function isOfPerson({ ids = {}, also }: Table): string | undefined {
  const reasons = Object.entries(ids).map(([column, role]) => `(${column} = :id and ${role} = :role)`);
  if (also) reasons.push(`(${also})`);
  return reasons.length > 0 ? reasons.join(' or ') : undefined;
}

/** The lines of docs/privacy.md. */
export function renderCatalogue(): string[] {
  return [...CATALOGUE].map(([name, table]) => {
    const { about, ids = {}, places = [], texts = [], documents = [], stays, erased } = table;
    const personal = [...Object.keys(ids), ...places, ...texts, ...documents].map((column) => `\`${column}\``);
    return `| \`${name}\` | ${about} | ${personal.join(', ') || '–'} | ${stays} | ${erased} |`;
  });
}
