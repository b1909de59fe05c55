import { authSettings } from '@logi/auth';
import { commonSettings, databaseSettings, readSettings, setting } from '@logi/service';
import { z } from 'zod';

const MAX_SPEED = 1_000;

/** Metres per second, by type. */
function readSpeeds(text: string, { issues, value }: z.RefinementCtx<string>): ReadonlyMap<string, number> {
  const speeds = new Map<string, number>();
  for (const entry of text.split(',').filter((each) => each.trim() !== '')) {
    const [type = '', speed = '', ...more] = entry.split('=').map((part) => part.trim());
    const isUsable = type !== '' && more.length === 0 && Number(speed) > 0 && Number(speed) <= MAX_SPEED;
    if (isUsable) speeds.set(type, Number(speed));
    else issues.push({ code: 'custom', input: value, message: `"${entry}" is not type=speed, up to ${MAX_SPEED} m/s` });
  }
  return speeds;
}

export const settings = commonSettings.extend(databaseSettings.shape).extend({
  TRACKING_PORT: setting({ default: 8082, min: 0, max: 65_535, about: 'Port of the HTTP API and the stream' }),
  MAX_BUFFERED_POINTS: setting({
    default: 50_000,
    min: 500,
    max: 1_000_000,
    about: 'Points taken in and not yet committed; above it, new ones are refused until the database has caught up',
  }),
  MAX_BUFFERED_POINTS_PER_DRIVER: setting({
    default: 2_000,
    min: 1,
    max: 1_000_000,
    about: 'Of these, points of one driver; above it, only that driver’s streams are not read',
  }),
  MAX_POINTS_PER_SECOND: setting({
    default: 50,
    min: 1,
    max: 1_000_000,
    about: 'Points one driver may send; above it, requests are refused and streams not read',
  }),
  MAX_SAVED_POINTS: setting({
    default: 100_000,
    min: 500,
    max: 100_000_000,
    about: 'Points that may be saved up and sent at once: the backlog of a day',
  }),
  MAX_FLUSH_POINTS: setting({ default: 5_000, min: 1, max: 10_000, about: 'Points written in one transaction' }),
  MAX_FLUSH_POINTS_PER_DRIVER: setting({
    default: 100,
    min: 1,
    max: 10_000,
    about: 'Of these, points of one driver: of a flood others wait for no more than that',
  }),
  COMMIT_TIMEOUT_MS: setting({
    default: 10_000,
    min: 100,
    max: 60_000,
    about: 'How long a request waits for its points to be committed',
  }),
  PUBLISH_INTERVAL_MS: setting({
    default: 1_000,
    min: 0,
    max: 60_000,
    about: 'Least time between two live positions of a driver on a job',
  }),
  WATCH_INTERVAL_MS: setting({
    default: 1_000,
    min: 1_000,
    max: 60_000,
    about: 'Least time between two positions of a driver told to admins who watch an area; while nobody does, none are',
  }),
  SIGNAL_STALE_AFTER_MS: setting({
    default: 30_000,
    min: 500,
    max: 3_600_000,
    about: 'Silence after which a driver’s signal is Stale',
  }),
  SIGNAL_DARK_AFTER_MS: setting({
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    about: 'Silence after which a driver’s signal is Dark',
  }),
  SIGNAL_SWEEP_MS: setting({ default: 5_000, min: 50, max: 60_000, about: 'How often silent drivers are looked for' }),
  STALL_WARN_AFTER_MS: setting({
    default: 180_000,
    min: 500,
    max: 3_600_000,
    about: 'Time without coming nearer to the pickup after which a driver counts as stalled',
  }),
  STALL_REPLACE_AFTER_MS: setting({
    default: 360_000,
    min: 1_000,
    max: 7_200_000,
    about:
      'Time without coming nearer to the pickup after which a stalled driver is to be replaced; after the warning, at least the difference of the two passes',
  }),
  MAX_ACCURACY_METERS: setting({
    default: 100,
    min: 1,
    max: 1_000_000,
    about: 'Points that are less exact are kept, but neither join the trail nor move the marker',
  }),
  PLAUSIBILITY: z
    .enum(['off', 'count', 'on'])
    .default('on')
    .describe(
      'Whether a fix that cannot be reached from the one before waits for a second that agrees: off; not, but counted; on',
    ),
  MAX_SPEED_METERS_PER_SECOND: setting({
    default: 70,
    min: 1,
    max: MAX_SPEED,
    about: 'Nobody goes faster; what is further away than that is not plausible, and no part of a trail',
  }),
  MAX_SPEED_BY_VEHICLE_TYPE: z
    .string()
    .default('bike=45,car=70,van=60,truck=45')
    .transform(readSpeeds)
    .describe('The same for the types that are named here, as type=speed with commas between; others may be any'),
  LIVE_POSITION_MAX_AGE_MS: setting({
    default: 60_000,
    min: 500,
    max: 3_600_000,
    about: 'Age up to which a fix is shown as where a driver is now; older ones only of a driver who stands',
  }),
  TRAIL_GAP_MS: setting({
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    about: 'Silence within a trail after which a new segment begins',
  }),
  TRAIL_RETENTION_DAYS: setting({
    default: 30,
    min: 1,
    max: 3_650,
    about: 'Points older than this are refused, and their partitions dropped',
  }),
  KEPT_TRAIL_RETENTION_DAYS: setting({
    default: 90,
    min: 1,
    max: 3_650,
    about: 'How long after its end the trail of a trip is kept when its points are gone',
  }),
  HEARTBEAT_MS: setting({
    default: 25_000,
    min: 200,
    max: 300_000,
    about: 'Time between pings; a client that misses two is cut off',
  }),
  MAX_FRAMES_PER_SECOND: setting({
    default: 50,
    min: 1,
    max: 10_000,
    about: 'Frames without points, such as pings and pongs, that one driver may send on all their streams',
  }),
  MAX_REQUESTS_PER_SECOND: setting({
    default: 50,
    min: 1,
    max: 10_000,
    about: 'Requests with points that one driver may make',
  }),
  MAX_TRACKER_BODY_BYTES: setting({
    default: 4 * 1024 * 1024,
    min: 1_024,
    max: 64 * 1024 * 1024,
    about: 'Body of a tracker app’s request, such as the backlog of a day',
  }),
  MAX_STREAMS_PER_DRIVER: setting({
    default: 3,
    min: 1,
    max: 1_000,
    about: 'Streams a driver may have open; one more closes the oldest',
  }),
  DRAIN_MS: setting({
    default: 2_000,
    min: 0,
    max: 15_000,
    about: 'Over how long closes are spread when the service stops',
  }),
});

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Record<string, string | undefined>) {
  const { own, shared: auth } = readSettings(env, { own: settings, shared: authSettings });
  return { ...own, auth };
}
