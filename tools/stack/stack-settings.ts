import { randomBytes } from 'node:crypto';
import { authSettings, DEVELOPMENT_SECRET } from '@logi/auth';
import { type ServiceName, serverList } from '@logi/contracts';
import { commonSettings } from '@logi/service/config';
import { readSecretFiles } from '@logi/service/settings/secret-files';
import { z } from 'zod';
import { brokerNodes } from './broker-nodes.ts';
import { StackError } from './processes/stack-error.ts';

const FORWARDING_KEY_BYTES = 32;
const port = (standard: number) => z.coerce.number().int().min(1).max(65_535).default(standard);

const schema = z.object({
  DATABASE_URL: serverList(/^postgres(ql)?$/).optional(),
  AMQP_URL: serverList(/^amqps?$/).optional(),
  RABBITMQ_MANAGEMENT_URL: z.url({ protocol: /^https?$/ }).optional(),
  BROKER_NODES: brokerNodes,
  WORK_QUEUE_SHARDS: commonSettings.shape.WORK_QUEUE_SHARDS,
  HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: port(8080),
  BOOKING_PORT: port(8081),
  TRACKING_PORT: port(8082),
  OPERATIONS_PORT: port(8083),
  /** Of the services that run together, so that whoever can call one of them cannot say who they are. */
  FORWARDING_KEY: z.string().default(() => randomBytes(FORWARDING_KEY_BYTES).toString('hex')),
  JWT_SECRET: z.string().optional(),
});

export const PORT_VARIABLES = {
  gateway: 'GATEWAY_PORT',
  booking: 'BOOKING_PORT',
  tracking: 'TRACKING_PORT',
  operations: 'OPERATIONS_PORT',
} as const satisfies Record<ServiceName, keyof z.infer<typeof schema>>;

export type StackSettings = z.infer<typeof schema> & {
  /** Absent where tokens are verified with somebody else's public key. */
  jwtSecret: string | undefined;
  usesDevelopmentSecret: boolean;
  jwtIssuer: string | undefined;
  jwtAudience: string | undefined;
};

export function readStackSettings(env: NodeJS.ProcessEnv): StackSettings {
  // As in the services: an empty variable is an unset one.
  const files = readSecretFiles(env);
  const given = Object.fromEntries(Object.entries(files.env).filter(([, value]) => value !== ''));
  const own = schema.safeParse(given);
  const auth = authSettings.safeParse(given);
  if (own.success && auth.success && files.problems.length === 0) {
    const { keys, usesDevelopmentSecret, issuer: jwtIssuer, audience: jwtAudience } = auth.data;
    const jwtSecret = keys.kind === 'secret' ? (own.data.JWT_SECRET ?? DEVELOPMENT_SECRET) : undefined;
    return { ...own.data, jwtSecret, usesDevelopmentSecret, jwtIssuer, jwtAudience };
  }
  const issues = [...(own.error?.issues ?? []), ...(auth.error?.issues ?? [])];
  const problems = [
    ...files.problems.map(({ setting, message }) => `  ${setting}: ${message}`),
    ...issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`),
  ];
  throw new StackError(`The settings are not right:\n${problems.join('\n')}`);
}
