import { authSettings } from '@logi/auth';
import { commonSettings, databaseSettings, readSettings, setting } from '@logi/service';
import { z } from 'zod';

export const settings = commonSettings.extend(databaseSettings.shape).extend({
  BOOKING_PORT: setting({ default: 8081, min: 0, max: 65_535, about: 'Port of the HTTP API' }),
  OFFER_TIMEOUT_MS: setting({
    default: 15_000,
    min: 100,
    max: 600_000,
    about: 'How long a driver may think about an offer',
  }),
  OFFER_BATCH_SIZE: setting({
    default: 1,
    min: 1,
    max: 500,
    about: 'Drivers who are offered a booking at the same time',
  }),
  MAX_OPEN_OFFERS_PER_DRIVER: setting({
    default: 1,
    min: 1,
    max: 100,
    about: 'Bookings that one driver may be asked about at the same time',
  }),
  MAX_SEARCHING_PER_USER: setting({
    default: 20,
    min: 1,
    max: 1_000_000,
    about: 'Bookings of one user that search for a driver at the same time; scheduled ones wait for their turn',
  }),
  MAX_SCHEDULED_PER_USER: setting({
    default: 100,
    min: 1,
    max: 1_000_000,
    about: 'Bookings of one user that wait for their pickup time',
  }),
  MAX_CANCELS_PER_HOUR: setting({
    default: 30,
    min: 1,
    max: 1_000_000,
    about: 'How often one user may cancel within an hour',
  }),
  MAX_RESERVED_WHILE_SCARCE: setting({
    default: 1,
    min: 1,
    max: 1_000_000,
    about: 'Drivers who are asked about bookings of one user at the same time, where drivers are scarce',
  }),
  MISSED_OFFER_REPEATS: setting({
    default: 1,
    min: 0,
    max: 100,
    about: 'How often a driver who let an offer expire is asked again about that booking, once nobody else is left',
  }),
  NEWCOMER_SHARE_PERCENT: setting({
    default: 20,
    min: 0,
    max: 100,
    about: 'Share of rounds in which a driver with little history is asked first, if nearly as near',
  }),
  OFFER_TO_LARGER_VEHICLES: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether a larger vehicle may stand in where nobody of the booked type is left'),
  SEARCH_TIMEOUT_MS: setting({
    default: 120_000,
    min: 100,
    max: 3_600_000,
    about: 'When a search without a taker ends',
  }),
  SEARCH_RADII_METERS: z
    .string()
    .default('2000,4000,8000,15000')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().positive().max(200_000)).min(1).max(20))
    .describe('How far to look, step by step; the last is kept until the search ends'),
  NOMINATION_TIMEOUT_MS: setting({
    default: 10_000,
    min: 100,
    max: 60_000,
    about: 'How long to wait for tracking’s answer before asking again; twice as long each time after that',
  }),
  SEARCH_RETRY_MS: setting({
    default: 2_000,
    min: 50,
    max: 60_000,
    about:
      'How long to wait before asking again when nobody is free within the last radius; up to 8 times as long later',
  }),
  SCHEDULE_LEAD_MS: setting({
    default: 900_000,
    min: 0,
    max: 86_400_000,
    about: 'How long before its pickup time the search for a scheduled booking begins',
  }),
  SCHEDULE_JITTER_MS: setting({
    default: 30_000,
    min: 0,
    max: 3_600_000,
    about: 'Scheduled searches begin up to this much earlier, each at its own moment, so that full hours are no burst',
  }),
  SCHEDULE_MAX_DAYS: setting({ default: 30, min: 1, max: 365, about: 'How far ahead a booking may be scheduled' }),
  MAX_TRIP_METERS: setting({
    default: 500_000,
    min: 1_000,
    max: 20_000_000,
    about: 'The longest trip, in a straight line, that can be estimated or booked',
  }),
  QUOTE_LIFETIME_MS: setting({
    default: 300_000,
    min: 100,
    max: 86_400_000,
    about: 'How long a quoted price is kept',
  }),
  IDEMPOTENCY_KEY_HOURS: setting({
    default: 48,
    min: 1,
    max: 8_760,
    about: 'How long an Idempotency-Key is remembered',
  }),
  DISPATCH_RETENTION_DAYS: setting({
    default: 30,
    min: 1,
    max: 3_650,
    about: 'How long it is kept how each search went',
  }),
  AUDIT_RETENTION_DAYS: setting({
    default: 365,
    min: 30,
    max: 3_650,
    about: 'How long it is kept what the operator’s people did',
  }),
  SURGE_MAX_PERCENT: setting({
    default: 200,
    min: 100,
    max: 1_000,
    about: 'The most that scarcity can make of a price; 100 switches surge off',
  }),
  SURGE_MIN_SEARCHES: setting({
    default: 3,
    min: 1,
    max: 1_000,
    about: 'People who search in one cell below which nothing is scarce',
  }),
  SURGE_MAX_CHANGE_PERCENT_PER_MINUTE: setting({
    default: 20,
    min: 1,
    max: 100_000,
    about: 'How fast scarcity may change a price, in percent of the price without it',
  }),
  SURGE_HORIZON_MS: setting({
    default: 1_800_000,
    min: 0,
    max: 86_400_000,
    about: 'How far ahead a pickup may be for the surge of now to count in its price',
  }),
  ROUTING_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('A routing server that speaks like OSRM; unset, distances are straight lines stretched'),
  ROUTING_TIMEOUT_MS: setting({
    default: 800,
    min: 10,
    max: 10_000,
    about: 'How long to wait for the routing server before estimating',
  }),
  ROUTING_SNAP_METERS: setting({
    default: 1_000,
    min: 1,
    max: 100_000,
    about: 'How far a pickup or drop-off may be from the nearest road that the routing server knows',
  }),
  DISPATCH_POLL_MS: setting({
    default: 200,
    min: 10,
    max: 10_000,
    about: 'How often the dispatcher looks for searches that are due',
  }),
});

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Record<string, string | undefined>) {
  const { own, shared: auth } = readSettings(env, { own: settings, shared: authSettings });
  return { ...own, auth };
}
