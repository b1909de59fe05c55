import { SERVICES } from '@logi/contracts';
import { z } from 'zod';

/*
 * Who may log in where under Compose. Nothing of it is a default that everybody knows: what nobody has set is made once,
 * and kept. Each container finds what is its own, and nothing else, in a volume of its own.
 */

const ACCOUNTS = ['postgres', 'rabbitmq', 'booking', 'tracking', 'gateway', 'operations'] as const;
type Account = (typeof ACCOUNTS)[number];

/** What was made or given before: the servers keep an administrator's first password, so a given one is remembered. */
export const keptKeys = z.object({
  passwords: z.partialRecord(z.enum(ACCOUNTS), z.string()),
  jwtSecret: z.string().optional(),
  forwardingKey: z.string().optional(),
});
export type KeptKeys = z.infer<typeof keptKeys>;

const LOOPBACK = ['', '127.0.0.1', '::1', 'localhost'];

type Environment = Record<string, string | undefined>;

/** What is to be kept, and the files of each container by their path. */
export function makeKeys(
  env: Environment,
  { kept, newSecret }: { kept: KeptKeys; newSecret: () => string },
): { keep: KeptKeys; files: Record<string, string> } {
  const passwordOf = (account: Account) =>
    env[`${account.toUpperCase()}_PASSWORD`] || kept.passwords[account] || newSecret();
  const passwords: Record<Account, string> = {
    postgres: passwordOf('postgres'),
    rabbitmq: passwordOf('rabbitmq'),
    booking: passwordOf('booking'),
    tracking: passwordOf('tracking'),
    gateway: passwordOf('gateway'),
    operations: passwordOf('operations'),
  };
  const jwtSecret = kept.jwtSecret ?? newSecret();
  const forwardingKey = env['FORWARDING_KEY'] || kept.forwardingKey || newSecret();
  const tokenKey = tokenKeyFor(env, jwtSecret);
  const database = (user: string, account: Account) => `postgres://${user}:${encode(passwords[account])}@postgres/logi`;
  const broker = (user: string, account: Account) => `amqp://${user}:${encode(passwords[account])}@rabbitmq`;
  return {
    keep: { passwords, jwtSecret, forwardingKey },
    files: {
      'postgres/password': passwords.postgres,
      'rabbitmq/password': passwords.rabbitmq,
      'migrate/database_url': database('logi', 'postgres'),
      'migrate/amqp_url': broker('logi', 'rabbitmq'),
      'migrate/rabbitmq_management_url': `http://logi:${encode(passwords.rabbitmq)}@rabbitmq:15672`,
      'migrate/booking_password': passwords.booking,
      'migrate/tracking_password': passwords.tracking,
      'migrate/gateway_password': passwords.gateway,
      'migrate/operations_password': passwords.operations,
      'booking/database_url': database('logi_booking', 'booking'),
      'booking/amqp_url': broker('booking', 'booking'),
      'booking/jwt_secret': tokenKey,
      'tracking/database_url': database('logi_tracking', 'tracking'),
      'tracking/amqp_url': broker('tracking', 'tracking'),
      'tracking/jwt_secret': tokenKey,
      'gateway/amqp_url': broker('gateway', 'gateway'),
      'gateway/jwt_secret': tokenKey,
      'operations/database_url': database('logi_operations', 'operations'),
      'operations/amqp_url': broker('operations', 'operations'),
      'operations/jwt_secret': tokenKey,
      ...Object.fromEntries(SERVICES.map((service) => [`${service}/forwarding_key`, forwardingKey])),
    },
  };
}

/**
 * Empty where tokens are signed by somebody else, and, as with `npm start`, on a machine of one's own that nobody else
 * can reach: there the services take the development secret, and say so.
 */
function tokenKeyFor(env: Environment, made: string): string {
  if (env['JWT_SECRET']) return env['JWT_SECRET'];
  if (env['JWT_PUBLIC_KEY'] || env['JWT_JWKS_URL']) return '';
  const addresses = [env['PUBLISH_ADDRESS'] ?? '', env['TLS_ADDRESS'] ?? ''];
  const isReachable = addresses.some((address) => !LOOPBACK.includes(address));
  return isReachable || env['NODE_ENV'] === 'production' ? made : '';
}

function encode(text: string): string {
  return encodeURIComponent(text);
}
