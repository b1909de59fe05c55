/* What may be empty, and which index is there for which question: of each the whole list. */

const OUTBOX = 'published_at shard_key';

/** By table, the columns that may be empty; tables that are not here have none. */
export const EMPTY: Record<string, string> = {
  'booking.audit': 'address',
  'booking.block': 'lifted_at reason tokens_issued_before until',
  'booking.booking':
    'accepted_at asked_at collected_at dispatch_due_at driver_id end_reason ended_at offered_at scheduled_at search_deadline',
  'booking.candidate': 'fix_age_ms fix_flaw skipped',
  'booking.driver': 'free_since job_booking_id status',
  'booking.history': 'driver_id from_status reason',
  'booking.idempotency_key': 'response',
  'booking.offer': 'closed_at',
  'booking.outbox': OUTBOX,
  'booking.quote': 'scheduled_at used_at',
  'booking.search_round': 'answered_at',
  'booking.shard': 'holder',
  'operations.dead_letter': 'decided_at decided_by fate',
  'tracking.block': 'lifted_at tokens_issued_before until',
  'tracking.driver': 'booking_id job_since on_duty_since status_call_at user_id vehicle_type went_dark_at',
  'tracking.driver_heard': 'device heard_at',
  'tracking.driver_latest': 'accuracy battery heading heard_at judging seq speed stands',
  'tracking.driver_place': 'vehicle_type',
  'tracking.outbox': OUTBOX,
  'tracking.position': 'accuracy battery device_time flaw heading seq speed',
  'tracking.shard': 'holder',
  'tracking.trip':
    'closest_at closest_meters compacted_at dropoff_latitude dropoff_longitude ended_at leg pickup_latitude pickup_longitude stalled vehicle_type warned_at',
};

const NEWEST = 'order by created_at desc, booking_id desc limit 20';

/**
 * Asked as the services ask. `shown` is how a plan names it, where that is another name; `without` one that would do as
 * well while a table is small.
 */
export const INDEXED: { index: string; query: string; shown?: string; without?: string }[] = [
  ...['booking', 'tracking'].flatMap((schema) => [
    {
      index: `${schema}.outbox_pending`,
      query: `select id from ${schema}.outbox where published_at is null
        and mod(hashtext(ordering_key)::bigint + 2147483648, 64) = 1 order by id limit 50`,
    },
    {
      index: `${schema}.outbox_published`,
      query: `select id from ${schema}.outbox where published_at < now() - interval '1 day'`,
    },
    {
      index: `${schema}.inbox_received`,
      query: `select ctid from ${schema}.inbox where received_at < now() - interval '30 days'`,
    },
  ]),
  { index: 'booking.block_to_settle', query: 'select sub from booking.block where is_settled = false limit 100' },
  {
    index: 'booking.booking_open_searches',
    query: `select count(*) from booking.booking where cell = '1:1' and vehicle_type = 'van' and status = 'Searching'`,
  },
  {
    index: 'booking.booking_dispatch_due',
    query: 'select * from booking.booking where dispatch_due_at <= now() order by dispatch_due_at limit 1',
  },
  { index: 'booking.booking_of_user', query: `select * from booking.booking where user_id = 'ana' ${NEWEST}` },
  {
    index: 'booking.booking_waiting_of_user',
    query: `select count(*) from booking.booking where user_id = 'ana' and status = 'Scheduled'`,
    without: 'booking.booking_of_user',
  },
  {
    index: 'booking.cancels_of_user',
    query: `select at from booking.history where actor_role = 'user' and to_status in ('Cancelled', 'Returning')
      and actor_id = 'ana' and at > now() - interval '1 hour' order by at desc offset 29 limit 1`,
  },
  { index: 'booking.audit_newest', query: 'select * from booking.audit order by at desc, audit_id desc limit 20' },
  {
    index: 'booking.audit_of_actor',
    query: `select * from booking.audit where actor_id = 'ops' order by at desc, audit_id desc limit 20`,
  },
  {
    index: 'booking.audit_of_act',
    query: `select * from booking.audit where act = 'block.put' order by at desc, audit_id desc limit 20`,
  },
  {
    index: 'booking.audit_of_subject_kind',
    query: `select * from booking.audit where subject_kind = 'driver' order by at desc, audit_id desc limit 20`,
  },
  {
    index: 'booking.audit_of_subject',
    query: `select * from booking.audit where subject_id = 'ana' order by at desc, audit_id desc limit 20`,
  },
  { index: 'booking.booking_of_driver', query: `select * from booking.booking where driver_id = 'dro' ${NEWEST}` },
  {
    index: 'booking.booking_square_cells',
    query: `select booking_id from booking.booking where cell like '%:%' and status in ('Scheduled', 'Searching')`,
    without: 'booking.booking_open_searches, booking.booking_waiting_of_user',
  },
  {
    index: 'booking.booking_by_status',
    query: `select * from booking.booking where status = 'Returned' and vehicle_type = 'van' ${NEWEST}`,
  },
  { index: 'booking.booking_newest', query: `select * from booking.booking ${NEWEST}` },
  {
    index: 'booking.open_offer_of_driver',
    query: `select booking_id from booking.offer where driver_id = 'dro' and state = 'open'`,
    without: 'booking.one_open_offer',
  },
  { index: 'booking.offer_age', query: `select * from booking.offer where created_at >= now() - interval '1 day'` },
  {
    index: 'booking.search_round_age',
    query: `select round from booking.search_round where requested_at < now() - interval '30 days'`,
  },
  {
    index: 'booking.idempotency_key_created',
    query: `select key from booking.idempotency_key where created_at < now() - interval '2 days'`,
  },
  { index: 'booking.quote_expiry', query: `select quote_id from booking.quote where expires_at < now()` },
  {
    index: 'tracking.driver_by_status',
    query: `select driver_id from tracking.driver where status = 'Busy' and driver_id > '' order by driver_id limit 10`,
  },
  {
    index: 'tracking.driver_on_watch',
    query: `select driver_id from tracking.driver where (duty = 'Online' or work = 'On Job') and signal <> 'Dark'`,
  },
  {
    index: 'tracking.driver_place_nearest',
    query: `select driver_id from tracking.driver_place where vehicle_type = 'van' and status = 'Available'
      order by position <-> st_point(1, 1, 4326)::geography limit 5`,
  },
  {
    index: 'tracking.driver_place_in_box',
    query: `select driver_id from tracking.driver_place where geometry(position) && st_makeenvelope(0, 0, 1, 1, 4326)`,
  },
  {
    index: 'tracking.position_of_driver',
    query: `select * from tracking.position where driver_id = 'dro' and recorded_at >= now() order by recorded_at`,
    shown: 'position_\\d+_driver_id_recorded_at_idx',
  },
  {
    index: 'tracking.trip_under_way',
    query: `select * from tracking.trip where driver_id = 'dro' and ended_at is null`,
  },
  {
    index: 'tracking.trip_not_compacted',
    query: `select * from tracking.trip where compacted_at is null and started_at < now() and ended_at < now()`,
  },
  { index: 'tracking.trail_by_end', query: `select * from tracking.trail where ended_at < now()` },
  {
    index: 'operations.dead_letter_message',
    query: `select * from operations.dead_letter where message_id = 'm'`,
  },
];
