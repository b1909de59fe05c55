/*
 * One row that each table takes, and for each constraint what it refuses: the same row again, with so much of it changed.
 * A new constraint needs a line here; so does a new table.
 */

export type Row = Record<string, unknown>;

const [ONE, OTHER, MORE] = ['1', '2', '3'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
const NOW = '2026-01-01T00:00:00Z';
const PLACES = { pickup_latitude: 1, pickup_longitude: 1, dropoff_latitude: 1, dropoff_longitude: 1 };

const OUTBOX = { id: 1, event_id: ONE, type: 't', aggregate_id: 'a', version: 1, ordering_key: 'k', body: '{}' };
const INBOX = { consumer: 'q', event_id: ONE };
const STATE_TURN = { name: 's', taken_at: NOW };
const SHARD = { queue: 'q', number: 0 };
const SHARD_HOLDER = { instance: ONE, until: NOW };
const INBOX_VERSION = { consumer: 'q', aggregate: 'booking', aggregate_id: 'a', version: 1 };

/** In the order in which they refer to each other. */
export const VALID: Record<string, Row> = {
  'booking.vehicle_type': {
    ...{ vehicle_type: 'sled', currency: 'EUR', size: 9, average_kilometers_per_hour: 5 },
    ...{ base_minor: 0, per_kilometer_minor: 0, per_minute_minor: 0, minimum_minor: 0 },
  },
  'booking.cancellation_reason': { reason: 'snow', roles: ['user'], description: 'It snows' },
  'booking.status_transition': { from_status: 'Delivered', to_status: 'Searching' },
  'booking.booking': {
    ...{ booking_id: ONE, user_id: 'ana', driver_id: 'dro', status: 'Accepted', version: 1, ...PLACES },
    ...{ vehicle_type: 'sled', price_minor: 0, currency: 'EUR', cell: '0:0' },
  },
  'booking.history': {
    ...{ booking_id: ONE, version: 1, from_status: null, to_status: 'Accepted' },
    ...{ actor_role: 'user', actor_id: 'ana', at: NOW },
  },
  'booking.offer': {
    ...{ offer_id: ONE, booking_id: ONE, driver_id: 'dro', round: 1, rank: 1, distance_meters: 1 },
    ...{ state: 'accepted', created_at: NOW, expires_at: NOW },
  },
  'booking.driver': { driver_id: 'dro', job_booking_id: ONE, open_offers: 0 },
  'booking.search_round': { booking_id: ONE, round: 1, radius_meters: 1, vehicle_types: ['sled'], requested_at: NOW },
  'booking.candidate': {
    ...{ booking_id: ONE, round: 1, driver_id: 'dro', rank: 1, distance_meters: 1, score: 1, score_lines: '[]' },
    skipped: 'taken',
  },
  'booking.excluded_driver': { booking_id: ONE, driver_id: 'dro', excluded_by: 'ops' },
  'booking.block': {
    ...{ role: 'user', sub: 'eve', block_id: ONE, version: 1, change: 1, blocked_by: 'ops', blocked_at: NOW },
    is_settled: true,
  },
  'booking.idempotency_key': { user_id: 'ana', key: 'k', request_hash: Buffer.from('h') },
  'booking.quote': {
    ...{ quote_id: ONE, owner_role: 'user', owner_id: 'ana', ...PLACES },
    ...{ vehicle_type: 'sled', currency: 'EUR', price_minor: 0, expires_at: NOW },
  },
  'booking.audit': {
    ...{ audit_id: ONE, actor_role: 'admin', actor_id: 'ops', act: 'booking.cancelled' },
    ...{ subject_kind: 'booking', subject_id: ONE, details: '{}', at: NOW },
  },
  'booking.surge': {
    ...{ cell: '0:0', vehicle_type: 'sled', open_searches: 1, available_drivers: 1 },
    ...{ multiplier: 1, updated_at: NOW },
  },
  'booking.ended_uncounted': { booking_id: OTHER },
  'booking.ended_hour': {
    ...{ hour: NOW, vehicle_type: 'sled', currency: 'EUR', status: 'Returned', bookings: 1, offered: 1, accepted: 1 },
    ...{ collected: 1, trips_timed: 1, trip_ms: 1, searches_timed: 1, search_ms: 1, price_minor: 1 },
  },
  'booking.ended_reason': { hour: NOW, status: 'Returned', reason: 'snow', bookings: 1 },
  'booking.driver_day': {
    ...{ day: NOW, driver_id: 'dro', trips: 1, trips_timed: 1, trip_ms: 1 },
    ...{ offers: 1, accepted: 1, declined: 0, expired: 0, given_back: 0 },
  },
  'booking.outbox': OUTBOX,
  'booking.inbox': INBOX,
  'booking.inbox_version': INBOX_VERSION,
  'booking.state_turn': STATE_TURN,
  'booking.shard': SHARD,
  'booking.shard_holder': SHARD_HOLDER,
  'tracking.outbox': OUTBOX,
  'tracking.inbox': INBOX,
  'tracking.inbox_version': INBOX_VERSION,
  'tracking.state_turn': STATE_TURN,
  'tracking.shard': SHARD,
  'tracking.shard_holder': SHARD_HOLDER,
  'tracking.audited_look': { admin_id: 'ops', act: 'map.read', subject: 'map drivers', hour: NOW },
  'tracking.block': { role: 'user', sub: 'eve', version: 1, change: 1 },
  'tracking.driver': { driver_id: 'dro' },
  'tracking.driver_heard': { driver_id: 'dro', heard_by: 'ping' },
  'tracking.driver_latest': { driver_id: 'dro', latitude: 1, longitude: 1, recorded_at: NOW, received_at: NOW },
  'tracking.driver_place': { driver_id: 'dro', status: 'Available', latitude: 1, longitude: 1 },
  'tracking.trip': { booking_id: ONE, driver_id: 'dro', user_id: 'ana', started_at: NOW, leg: 'pickup' },
  'tracking.trail': {
    ...{ booking_id: ONE, driver_id: 'dro', started_at: NOW, ended_at: NOW, distance_meters: 1 },
    ...{ times: [], latitudes: [], longitudes: [], segment_starts: [] },
  },
  'operations.used_code': { code_id: 'c', expires_at: NOW },
  'operations.dead_letter': {
    ...{ id: 1, queue: 'q', message_id: 'm', type: 't', reason: 'r', attempt: 1 },
    ...{ died_at: NOW, headers: '{}', body: Buffer.from('b') },
  },
};

const DECIDED = { fate: 'replayed', decided_by: 'olga', decided_at: NOW };
const OTHER_BOOKING = { booking_id: OTHER, driver_id: 'eva' };
const OTHER_OFFER = { offer_id: OTHER, driver_id: 'eva', state: 'open' };
/** One more row that its table takes. */
export const OPEN_OFFER: Row = { ...VALID['booking.offer'], offer_id: MORE, driver_id: 'ivo', state: 'open' };

/** By table: the constraint, and a row that only it refuses. */
const REFUSED: Record<string, [constraint: string, change: Row][]> = {
  'booking.vehicle_type': [
    ['vehicle_type_pkey', {}],
    ['vehicle_type_base_minor_check', { vehicle_type: 'x', base_minor: -1 }],
    ['vehicle_type_per_kilometer_minor_check', { vehicle_type: 'x', per_kilometer_minor: -1 }],
    ['vehicle_type_per_minute_minor_check', { vehicle_type: 'x', per_minute_minor: -1 }],
    ['vehicle_type_minimum_minor_check', { vehicle_type: 'x', minimum_minor: -1 }],
    ['vehicle_type_average_kilometers_per_hour_check', { vehicle_type: 'x', average_kilometers_per_hour: 0 }],
  ],
  'booking.cancellation_reason': [['cancellation_reason_pkey', {}]],
  'booking.ended_uncounted': [['ended_uncounted_pkey', {}]],
  'booking.ended_hour': [['ended_hour_pkey', {}]],
  'booking.ended_reason': [['ended_reason_pkey', {}]],
  'booking.driver_day': [['driver_day_pkey', {}]],
  'booking.status_transition': [['status_transition_pkey', {}]],
  'booking.booking': [
    ['booking_pkey', { driver_id: 'eva' }],
    ['one_active_booking_per_driver', { booking_id: OTHER }],
    ['one_active_booking_per_driver', { booking_id: OTHER, status: 'Returning' }],
    ['booking_vehicle_type_fkey', { ...OTHER_BOOKING, vehicle_type: 'spaceship' }],
    ['booking_pickup_latitude_check', { ...OTHER_BOOKING, pickup_latitude: 90.1 }],
    ['booking_pickup_longitude_check', { ...OTHER_BOOKING, pickup_longitude: -180.1 }],
    ['booking_dropoff_latitude_check', { ...OTHER_BOOKING, dropoff_latitude: -90.1 }],
    ['booking_dropoff_longitude_check', { ...OTHER_BOOKING, dropoff_longitude: 180.1 }],
    ['booking_price_minor_check', { ...OTHER_BOOKING, price_minor: -1 }],
    ['known_status', { ...OTHER_BOOKING, status: 'Lost' }],
    ['driver_while_assigned', { booking_id: OTHER, driver_id: null }],
    ['driver_while_assigned', { ...OTHER_BOOKING, status: 'No Driver Found' }],
    ['driver_while_assigned', { booking_id: OTHER, driver_id: null, status: 'Delivered' }],
    ['searching_has_deadlines', { booking_id: OTHER, driver_id: null, status: 'Searching', search_deadline: NOW }],
    ['searching_has_deadlines', { booking_id: OTHER, driver_id: null, status: 'Searching', dispatch_due_at: NOW }],
  ],
  'booking.history': [
    ['history_pkey', {}],
    ['history_booking_id_fkey', { booking_id: OTHER }],
    ['history_actor_role_check', { version: 2, actor_role: 'ghost' }],
    ['history_from_status_to_status_fkey', { version: 2, from_status: 'Delivered', to_status: 'Accepted' }],
  ],
  'booking.offer': [
    ['offer_pkey', { ...OTHER_OFFER, offer_id: ONE }],
    ['offer_booking_id_fkey', { ...OTHER_OFFER, booking_id: OTHER }],
    ['offer_state_check', { ...OTHER_OFFER, state: 'pondered' }],
    ['offer_booking_id_driver_id_round_key', { offer_id: OTHER, state: 'declined' }],
    ['one_winning_offer', { offer_id: OTHER, driver_id: 'eva', round: 2 }],
    ['one_open_offer', { ...OPEN_OFFER, offer_id: OTHER, round: 2 }],
  ],
  'booking.driver': [
    ['driver_pkey', {}],
    ['driver_job_booking_id_fkey', { driver_id: 'eva', job_booking_id: OTHER }],
    ['driver_open_offers_check', { driver_id: 'eva', open_offers: -1 }],
  ],
  'booking.search_round': [
    ['search_round_pkey', {}],
    ['search_round_booking_id_fkey', { booking_id: OTHER }],
  ],
  'booking.candidate': [
    ['candidate_pkey', {}],
    ['candidate_skipped_check', { driver_id: 'eva', skipped: 'asleep' }],
    ['candidate_booking_id_round_fkey', { round: 2 }],
  ],
  'booking.excluded_driver': [
    ['excluded_driver_pkey', {}],
    ['excluded_driver_booking_id_fkey', { booking_id: OTHER }],
  ],
  'booking.block': [
    ['block_pkey', { block_id: OTHER, change: 2 }],
    ['block_block_id_key', { sub: 'mallory', change: 2 }],
    ['block_change_key', { sub: 'mallory', block_id: OTHER }],
    ['block_role_check', { role: 'system', block_id: OTHER, change: 2 }],
  ],
  'booking.idempotency_key': [['idempotency_key_pkey', {}]],
  'booking.quote': [
    ['quote_pkey', {}],
    ['quote_vehicle_type_fkey', { quote_id: OTHER, vehicle_type: 'spaceship' }],
    ['quote_price_minor_check', { quote_id: OTHER, price_minor: -1 }],
  ],
  'booking.audit': [['audit_pkey', {}]],
  'booking.surge': [
    ['surge_pkey', {}],
    ['surge_vehicle_type_fkey', { vehicle_type: 'spaceship' }],
    ['surge_multiplier_check', { cell: '1:1', multiplier: 0.9 }],
  ],
  'tracking.audited_look': [['audited_look_pkey', {}]],
  'tracking.block': [
    ['block_pkey', { change: 2 }],
    ['block_change_key', { sub: 'mallory' }],
  ],
  'tracking.driver': [
    ['driver_pkey', {}],
    ['driver_duty_check', { driver_id: 'eva', duty: 'Resting' }],
    ['driver_work_check', { driver_id: 'eva', work: 'Napping' }],
    ['driver_signal_check', { driver_id: 'eva', signal: 'Loud' }],
    ['driver_status_check', { driver_id: 'eva', status: 'Lost' }],
    ['job_is_whole', { driver_id: 'eva', booking_id: ONE }],
    ['job_is_whole', { driver_id: 'eva', user_id: 'ana' }],
  ],
  'tracking.driver_heard': [['driver_heard_pkey', {}]],
  'tracking.driver_latest': [['driver_latest_pkey', {}]],
  'tracking.driver_place': [
    ['driver_place_pkey', {}],
    ['driver_place_driver_id_fkey', { driver_id: 'eva' }],
  ],
  'tracking.trip': [
    ['trip_pkey', {}],
    ['trip_leg_check', { driver_id: 'eva', leg: 'detour' }],
    ['trip_stalled_check', { driver_id: 'eva', stalled: 'asleep' }],
  ],
  'tracking.trail': [['trail_pkey', {}]],
  'operations.dead_letter': [
    ['dead_letter_pkey', { message_id: 'n' }],
    ['dead_letter_fate_check', { id: 2, ...DECIDED, fate: 'framed' }],
    ['decided_by_somebody', { id: 2, ...DECIDED, decided_by: null }],
    ['dead_letter_open', { id: 2 }],
  ],
  'operations.used_code': [['used_code_pkey', {}]],
  ...Object.fromEntries(
    ['booking', 'tracking'].flatMap((schema): [string, [string, Row][]][] => [
      [
        `${schema}.outbox`,
        [
          ['outbox_pkey', { event_id: OTHER, version: 2 }],
          ['outbox_event_id_key', { id: 2, version: 2 }],
          ['outbox_type_aggregate_id_version_key', { id: 2, event_id: OTHER }],
        ],
      ],
      [`${schema}.inbox`, [['inbox_pkey', {}]]],
      [`${schema}.inbox_version`, [['inbox_version_pkey', { version: 2 }]]],
      [`${schema}.state_turn`, [['state_turn_pkey', {}]]],
      [`${schema}.shard`, [['shard_pkey', {}]]],
      [`${schema}.shard_holder`, [['shard_holder_pkey', {}]]],
    ]),
  ),
};

/** What a constraint that refused too much would refuse. */
const TAKEN: [table: string, why: string, change: Row][] = [
  ['booking.booking', 'a driver may have had another booking', { booking_id: OTHER, status: 'Delivered' }],
  ['booking.booking', 'a booking may be cancelled with a driver', { booking_id: OTHER, status: 'Cancelled' }],
  ['booking.booking', 'and without one', { booking_id: OTHER, status: 'Cancelled', driver_id: null }],
  ['booking.offer', 'others may have been asked', { ...OTHER_OFFER, state: 'declined' }],
  ['booking.offer', 'a driver may be asked about it again', { offer_id: OTHER, round: 2, state: 'declined' }],
  ['booking.idempotency_key', 'an admin may have a user’s name', { role: 'admin' }],
  ['booking.candidate', 'whoever was asked was not skipped', { driver_id: 'eva', skipped: null }],
  ['tracking.driver', 'a job has both', { driver_id: 'eva', booking_id: MORE, user_id: 'ana' }],
  ['operations.dead_letter', 'a message may die again after it was decided', { id: 2, ...DECIDED }],
];

export const REFUSALS = Object.entries(REFUSED).flatMap(([table, rows]) =>
  rows.map(([constraint, change]) => {
    const changed = Object.keys(change).join(', ') || 'nothing';
    return { table, constraint, changed, row: { ...VALID[table], ...change } };
  }),
);
export const ACCEPTANCES = TAKEN.map(([table, why, change]) => ({ table, why, row: { ...VALID[table], ...change } }));
