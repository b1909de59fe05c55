import { SHARDS, serverList } from '@logi/contracts';
import { type Armed, FAILPOINTS } from '@logi/persistence/failpoints';
import { z } from 'zod';
import { limitSettings } from './doors/limits.ts';
import { originList } from './doors/origins.ts';
import { setting } from './setting.ts';
import { readSecretFiles } from './settings/secret-files.ts';

const MIN_KEY_CHARACTERS = 32;

/** What every service reads. */
export const commonSettings = z.object({
  HOST: z.string().default('0.0.0.0').describe('Address to listen on'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level that is logged'),
  ALLOWED_ORIGINS: originList.describe(
    'Origins whose pages may ask, separated by commas; unset allows all. Apps send none, and need only a token',
  ),
  REQUEST_TIMEOUT_MS: setting({
    default: 15_000,
    min: 500,
    max: 300_000,
    about: 'How long a client may take to send a request',
  }),
  METRICS_PORT: setting({
    default: 0,
    min: 0,
    max: 65_535,
    about: 'Port of /metrics, which is then on no other; 0 leaves it on the port of the service',
  }),
  SECURITY_LINES_PER_MINUTE: setting({
    default: 20,
    min: 0,
    max: 100_000,
    about: 'Lines `security` in the log about refusals of one address; all refusals are counted',
  }),
  FORWARDING_KEY: z
    .string()
    .min(MIN_KEY_CHARACTERS)
    .optional()
    .describe(
      'By which the operations service shows the others that it names an address, which they then believe; at least 32 characters, the same for all. Unset, all who come by it count as one address',
    ),
  AMQP_URL: serverList(/^amqps?$/).describe(
    'The broker, with user, password and virtual host; its nodes are `a:5672,b:5672`',
  ),
  WORK_QUEUE_SHARDS: setting({
    ...SHARDS,
    about:
      'Into how many shards each work queue is spread, for instances to share; `migrate` makes them, and then it stays',
  }),
  ...limitSettings,
});

export const databaseSettings = z.object({
  DATABASE_URL: serverList(/^postgres(ql)?$/).describe(
    'The database, with role and password; primary and standbys are `a:5432,b:5432`, in any order',
  ),
  DATABASE_POOL_SIZE: setting({ default: 10, min: 2, max: 100, about: 'Connections to the database' }),
  EVENTS_AT_ONCE: setting({
    default: 5,
    min: 1,
    max: 100,
    about: 'Events that one instance handles at the same time; each takes a connection to the database, as requests do',
  }),
  SHARD_PREFETCH: setting({
    default: 5,
    min: 1,
    max: 1_000,
    about: 'Events of one shard that the broker has delivered to an instance and that are not done',
  }),
  SHARD_LEASE_MS: setting({
    default: 3_000,
    min: 500,
    max: 600_000,
    about: 'How long an instance that was killed or hangs keeps its shards of the work queues',
  }),
  LOGI_FAILPOINT: z
    .templateLiteral([z.enum(FAILPOINTS), ':', z.int().positive(), z.enum(['', ':freeze'])])
    .optional()
    .transform((text): Armed | undefined => {
      const [name, nth, end] = (text ?? '').split(':');
      const point = FAILPOINTS.find((known) => known === name);
      return point && { point, nth: Number(nth), end: end === 'freeze' ? end : 'kill' };
    })
    .describe(
      'For tests, refused in production: `after_commit:3` kills the service when it is there a third time, `after_commit:3:freeze` stops it there',
    ),
});

/** What is for tests only does not get into production by mistake. */
const productionSettings = z
  .object({ NODE_ENV: z.string().optional(), LOGI_FAILPOINT: z.string().optional() })
  .refine(({ NODE_ENV, LOGI_FAILPOINT }) => NODE_ENV !== 'production' || LOGI_FAILPOINT === undefined, {
    path: ['LOGI_FAILPOINT'],
    error: 'is for tests, and refused in production',
  });

type Environment = Record<string, string | undefined>;

/**
 * Reads two groups of settings from the environment, or throws one Error that names every setting that is wrong. An
 * empty variable is an unset one: that is how Compose passes on what nobody has set.
 */
export function readSettings<Own extends z.ZodType, Shared extends z.ZodType>(
  env: Environment,
  schemas: { own: Own; shared: Shared },
): { own: z.output<Own>; shared: z.output<Shared> } {
  const files = readSecretFiles(env);
  const given = Object.fromEntries(Object.entries(files.env).filter(([, value]) => value !== ''));
  const own = schemas.own.safeParse(given);
  const shared = schemas.shared.safeParse(given);
  const production = productionSettings.safeParse(given);
  const areFilesRead = files.problems.length === 0;
  if (own.success && shared.success && production.success && areFilesRead)
    return { own: own.data, shared: shared.data };
  const issues = [...(own.error?.issues ?? []), ...(shared.error?.issues ?? []), ...(production.error?.issues ?? [])];
  const problems = [
    ...files.problems.map(({ setting, message }) => `  ${setting}: ${message}`),
    ...issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`),
  ];
  throw new Error(`The settings are not right:\n${problems.join('\n')}`);
}
